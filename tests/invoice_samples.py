"""Invoices of companies that do not exist: words at (x, y), in points from the lower left corner of the page."""

from __future__ import annotations

ENGLISH = [
    (72, 780, "Larkspur Tools Ltd."), (72, 766, "www.larkspur-tools.example"), (360, 780, "Invoice number"), (470, 780, "LT-20931"),
    (360, 764, "Invoice date"), (470, 764, "14 March 2024"), (360, 748, "Due date"), (470, 748, "13 April 2024"),
    (72, 600, "Description"), (300, 600, "VAT"), (470, 600, "Amount"), (72, 584, "Hand saw"), (300, 584, "20%"), (470, 584, "£18.00"),
    (72, 568, "Oil stone"), (300, 568, "20%"), (470, 568, "£9.50"), (360, 520, "Subtotal"), (470, 520, "£27.50"), (360, 504, "VAT 20%"),
    (470, 504, "£5.50"), (360, 488, "Total due"), (470, 488, "£33.00"), (72, 420, "Please pay by bank transfer within thirty days."),
]  # fmt: skip
GERMAN = [
    (72, 780, "Blumenhof Sander GmbH"), (72, 700, "Rechnung"), (72, 680, "Rechnungsnummer"), (200, 680, "Kundennummer"),
    (330, 680, "Datum"), (72, 666, "R2024-118"), (200, 666, "40021"), (330, 666, "03.06.2024"), (72, 600, "12 Rosen"), (400, 600, "24,00 €"),
    (330, 560, "Zwischensumme"), (430, 560, "24,00 €"), (330, 546, "MwSt. 7 %"), (430, 546, "1,68 €"), (330, 532, "Gesamtbetrag"),
    (430, 532, "25,68 €"), (72, 500, "Zahlbar bis 17.06.2024"), (72, 60, "IBAN DE02 1203 0000 0000 2020 51"),
]  # fmt: skip
CHINESE = [
    (72, 780, "上海星海科技有限公司"), (72, 750, "电子发票（普通发票）"), (350, 750, "发票号码：24312000000012345678"),
    (350, 734, "开票日期：2024年03月15日"), (72, 650, "项目名称"), (350, 650, "金额"), (72, 634, "技术服务"), (350, 634, "1,200.00"),
    (72, 580, "价税合计（小写）"), (350, 580, "¥1,272.00"), (72, 540, "税额"), (350, 540, "¥72.00"),
]  # fmt: skip
FRENCH = [
    (72, 780, "Atelier Morvan SARL"), (72, 740, "Facture n° F-2023-0417 du 9 novembre 2023"), (72, 640, "Reliure"), (400, 640, "120,00 €"),
    (300, 600, "Total HT"), (400, 600, "120,00 €"), (300, 586, "TVA 20%"), (400, 586, "24,00 €"), (300, 572, "Total TTC"),
    (400, 572, "144,00 €"), (72, 540, "Date limite de paiement : 9 décembre 2023"),
]  # fmt: skip
