"""English words of feeling by Ekman's classes, with emoji and smileys. Written by hand for this product; plain data.

They reach what the learned weights have not seen. A star at the end of a word stands for any ending.
"""

from __future__ import annotations

WORDS: dict[str, str] = {
    "joy": """
        happy happily happiness joy joyful joyous joyfully glad gladly delight* cheerful* cheer* merry bliss* ecstatic elated elation
        euphori* thrilled excit* overjoyed jubilant content contented satisf* pleased pleasure pleasant enjoy* love loved loves loving
        lovely adore* adoring wonderful wonderfully amazing awesome fantastic fabulous great excellent superb brilliant marvel*
        magnificent splendid perfect perfectly best beautiful beautifully good nice nicely fun funny hilarious lol lmao haha hahaha
        laugh* smile* smiling grin* giggle* proud pride proudly grateful* gratitude thank thanks thankful* appreciat* hope hopeful*
        optimis* relieved relief blessed bless lucky celebrat* congrat* yay woohoo hooray win wins won winning victory triumph*
        success* sunshine radiant peaceful serene calm relaxed comfort* cozy charming charm* sweet cute adorable admire* admirable
        impress* inspiring inspired enthusias* eager eagerly keen playful amus* entertain* recommend* favorite favourite treasure*
        cherish* heartwarming uplifting refreshing spectacular stunning gorgeous terrific outstanding exceptional flawless tasty
        delicious yummy friendly kind kindness generous* welcome
    """,
    "sadness": """
        sad sadly sadness saddened unhappy unhappi* sorrow* grief griev* mourn* miserable misery depress* despair* desperate hopeless*
        gloom* melanchol* heartbroken heartbreak* broken tear tears teary cry cries crying cried weep* wept sob sobbing lonely
        loneliness alone lonesome abandoned rejected unloved miss missing lost loss losing regret* sorry apolog* remorse* guilt*
        ashamed shame* disappoint* let-down letdown discourag* dishearten* hurt hurts hurting pain painful* ache* aching suffer*
        tragic tragedy unfortunate* pity pitiful poor dismal bleak dreary down blue low empty emptiness numb tired exhausted weary
        homesick nostalgi* wistful funeral death died dead dying die dies widow* orphan* failed failure fail worthless useless
        helpless* defeated crushed devastat* shattered inconsolable forlorn downcast glum somber sombre woe* anguish* unwanted
        neglected isolated sigh sighs embarrass* humiliat* wish
    """,
    "anger": """
        angry anger angrily mad madden* furious* fury rage raging enrag* outrag* irate livid annoy* irritat* aggravat* frustrat*
        infuriat* incens* hostile hostility hate hates hated hating hatred loathe* despise* resent* bitter* spite* vengeful revenge
        wrath* fuming seething pissed damn damned dammit hell bloody crap bullshit fuck* fucking shit* ass asshole* idiot* idiotic
        stupid* moron* dumb fool foolish jerk jerks liar* lying lies cheat* scam* fraud* rip-off ripoff unacceptable ridiculous absurd
        nonsense unfair* injustice insult* offend* offens* rude rudely disrespect* arrogant yell* scream* shout* argu* fight fighting
        blame* accus* threat* violent violence abuse* abusive attack* complain* terrible worst awful refuse* unprofessional
        incompeten* sick-of fed-up shut provoke* disapprov* unbelievable
    """,
    "fear": """
        afraid fear feared fearful* fears fearing scared scare* scary terrif* terror* horrif* horror horrors frighten* fright panic*
        panick* anxi* worri* worry worrying nervous* nervously dread* alarm* apprehens* uneasy unease tense tension stress* stressed
        insecure* timid shy threatened danger* dangerous* risk* unsafe nightmare* haunt* creepy eerie spooky paranoi* phobia* trembl*
        shak* shiver* petrified freak* overwhelm* helpless vulnerable hide hiding escape* flee beware victim* emergency doom* menac*
        sinister distress* hesita* doubt* concern* concerned afraid-of intimidat* startled suspicious wary
    """,
    "disgust": """
        disgust* gross grossed nasty revolt* repuls* repugnan* repel* sicken* nause* vomit* puke* barf* yuck yucky ew eww ewww ick
        icky filthy filth dirty dirt foul stink* stinky smelly stench rotten rotting rot rancid mold moldy mouldy slimy sleazy vile
        vulgar obscene perver* creep creeps distast* appall* abhor* detest* loath* horrid horrible hideous ugly contempt* despicable
        shameful* putrid maggot* cockroach* vermin garbage trash toxic poison* contaminat* unsanitary unhygienic inedible gag gagging
    """,
    "surprise": """
        surpris* astonish* astound* amaz* shock* shocked shocking stun stunned stunning startl* unexpected* sudden* suddenly wow whoa
        woah omg wtf unbelievable incredible incredibly inconceivable speechless dumbfound* flabbergast* bewilder* baffl* perplex*
        puzzl* confus* curious curiosity wonder wondering wondered really seriously huh what realiz* realis* discover* revelation
        twist mind-blown gasp* gosh jeez holy oh mysterious mystery strange* weird odd unusual remarkable remarkably extraordinary
        no-way believe
    """,
}  # fmt: skip

EMOJI: dict[str, str] = {
    "joy": "😀😁😂🤣😃😄😅😆😊😋😎😍🥰😘🙂🤗🤩😇🥳😸😺😻💕💖💗💙💚💛💜❤🧡🤍🎉🎊👍👏🙏✨🌞🌈💯🙌😌☺♥",
    "sadness": "😢😭😞😔😟🙁☹😥😿💔😩😫🥺😓😪🥀⛈",
    "anger": "😠😡🤬👿😤💢🖕👎",
    "fear": "😨😰😱😧😬🫣🙀👻",
    "disgust": "🤢🤮💩🤧🪳",
    "surprise": "😮😯😲🤯😳🤔❓❗⁉🫢",
}

SMILEYS: dict[str, str] = {
    ":)": "joy", ":-)": "joy", ":d": "joy", ";)": "joy", "=)": "joy", "<3": "joy", ":p": "joy", ":(": "sadness", ":-(": "sadness",
    "=(": "sadness", ":'(": "sadness", ":o": "surprise", ":/": "anger",
}  # fmt: skip

INTENSIFIERS: dict[str, float] = {
    "very": 1.4, "really": 1.3, "so": 1.3, "extremely": 1.7, "incredibly": 1.6, "absolutely": 1.5, "totally": 1.4, "completely": 1.4,
    "utterly": 1.6, "super": 1.4, "too": 1.2, "deeply": 1.5, "terribly": 1.4, "quite": 1.1, "pretty": 1.1, "fairly": 0.9, "somewhat": 0.7,
    "slightly": 0.6, "little": 0.7, "bit": 0.7, "barely": 0.5,
}  # fmt: skip
