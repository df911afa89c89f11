#!/bin/sh
# Makes deploy/secrets for compose.split.yaml: what is there already stays. The certificate is one of your own for localhost, to begin with:
# put a real one into tls_certificate and tls_key.
set -eu
folder=${1:-$(dirname "$0")/../secrets}
mkdir -p "$folder"
chmod 700 "$folder"
made() {
    # Containers run as users of their own and read these as files of the host: the folder is what keeps others out.
    [ -s "$folder/$1" ] || { umask 022; printf '%s' "$2" >"$folder/$1"; echo "made $1"; }
}
random() {
    head -c 32 /dev/urandom | base64 | tr -d '=+/\n'
}
made ASSISTANT_API_KEYS "$(random)"
made ASSISTANT_DATABASE_PASSWORD "$(random)"
made ASSISTANT_STORE_TOKEN "root:$(random)"
made RAY_AUTH_TOKEN "$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')"
made minio_password "$(random)"
if [ ! -s "$folder/tls_certificate" ]; then
    openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
        -keyout "$folder/tls_key" -out "$folder/tls_certificate" 2>/dev/null
    chmod 644 "$folder/tls_key"
    echo "made tls_certificate"
fi
