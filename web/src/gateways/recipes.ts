// What is typed on the machine of a gateway, complete for each way of installing: it verifies the server before
// it sends anything, asks for the key where a person is, and keeps it out of the list of processes.
export interface Place {
  // Where gateways register.
  url: string;
  // sha256:HEX of the CA.
  ca: string;
}

export type Recipe = 'linux' | 'systemd' | 'docker' | 'cloud' | 'curl' | 'est';

const register = ({ url, ca }: Place, more: string[] = [], indent = '  ') =>
  ['latchkey register', ...more, `--url ${url}`, `--ca-fingerprint ${ca}`].join(` \\\n${indent}`);

// In brackets, so that a shell reads all of it before it asks for the key.
const script = ({ url, ca }: Place, lines: string[]) =>
  [
    '(set -euo pipefail; umask 077',
    `url=${url}`,
    `ca=${ca.replace('sha256:', '')}`,
    'curl -sSk "$url/ca.pem" -o ca.pem',
    'diff <(openssl x509 -in ca.pem -outform DER | sha256sum) <(echo "$ca  -")',
    'openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \\',
    '  -subj / -keyout gateway.key -out gateway.csr',
    "read -rsp 'key: ' key",
    ...lines,
    'curl -sS --fail-with-body --cacert ca.pem --cert gateway.crt \\',
    '  --key gateway.key --json {} "$url/v1/check-in")',
  ].join('\n');

const systemdDirectory = '/var/lib/latchkey-agent';

const made: Record<Recipe, (place: Place, key: string) => string> = {
  linux: (place) => register(place),
  systemd: (place) =>
    [
      register(place, [`--out ${systemdDirectory}`]).replace(
        'latchkey register',
        'runuser -u latchkey-agent -- latchkey register',
      ),
      '  systemctl enable --now latchkey-agent',
    ].join(' &&\n'),
  docker: (place) =>
    [
      "cat > Dockerfile <<'EOF'",
      'FROM debian:12-slim',
      'COPY latchkey_*_amd64.deb /tmp/latchkey.deb',
      'RUN apt-get update && apt-get install -y /tmp/latchkey.deb',
      'ENTRYPOINT ["latchkey"]',
      'EOF',
      'docker build -t latchkey . &&',
      register(place, ['--out /gateway/identity'])
        .replace('latchkey register', 'docker run --rm -it -v latchkey:/gateway latchkey register')
        .concat(' &&'),
      'docker run -d --name latchkey --restart on-failure:10 \\',
      '  -v latchkey:/gateway latchkey agent --dir /gateway/identity',
    ].join('\n'),
  cloud: (place, key) =>
    [
      '#cloud-config',
      'write_files:',
      '  - path: /root/registration-key',
      "    permissions: '0600'",
      `    content: ${key}`,
      'runcmd:',
      '  - |',
      `    runuser -u latchkey-agent -- ${register(
        place,
        ['--key-file -', '--patience 10m', `--out ${systemdDirectory}`],
        '      ',
      )} \\`,
      '      < /root/registration-key &&',
      '      systemctl enable --now latchkey-agent',
      '    rm /root/registration-key',
    ].join('\n'),
  curl: (place) =>
    script(place, [
      'printf %s "$key" | jq -R --rawfile csr gateway.csr \\',
      "  '{key: ., csr: $csr}' | curl -sS --fail-with-body --cacert ca.pem \\",
      '  --json @- "$url/v1/registrations" | jq -r .certificate > gateway.crt',
    ]),
  est: (place) =>
    script(place, [
      'openssl req -in gateway.csr -outform DER | base64 > gateway.b64',
      'printf \'user = "any:%s"\\n\' "$key" | curl -sS --fail-with-body --cacert ca.pem \\',
      "  --config - -H 'Content-Type: application/pkcs10' \\",
      '  --data-binary @gateway.b64 "$url/.well-known/est/simpleenroll" |',
      '  base64 -d | openssl pkcs7 -inform DER -print_certs |',
      '  openssl x509 > gateway.crt',
    ]),
};

export const recipes = Object.keys(made) as Recipe[];

// Whether it has the key in it, instead of asking for it.
export const holdsKey = (recipe: Recipe) => recipe === 'cloud';

export const recipeText = (recipe: Recipe, place: Place, key: string) => made[recipe](place, key);

export const agentCommand = 'latchkey agent --dir ./gateway';
