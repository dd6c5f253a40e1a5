// node receiver.mjs CERT KEY: a receiver that checks notices with npm's standardwebhooks. The secret comes
// as the first line of standard input. Prints its port, then each notice that it took, as it was sent.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createInterface } from 'node:readline/promises';
import { Webhook } from 'standardwebhooks';

const [cert, key] = process.argv.slice(2).map((file) => readFileSync(file));
let webhook;

const refuses = (body, headers) => {
  try {
    webhook.verify(body, headers);
    return false;
  } catch {
    return true;
  }
};

const server = createServer({ cert, key }, (request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text) => (body += text));
  request.on('end', () => {
    const headers = request.headers;
    const old = {
      ...headers,
      'webhook-timestamp': String(Number(headers['webhook-timestamp']) - 1),
    };
    const other = { ...headers, 'webhook-id': `${headers['webhook-id']}0` };
    const tampered = body.replace('"source"', '"sourcE"');
    const good =
      !refuses(body, headers) &&
      refuses(tampered, headers) &&
      refuses(body, old) &&
      refuses(body, other);
    if (good) console.log(body);
    response.writeHead(good ? 204 : 401).end();
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
createInterface({ input: process.stdin }).once('line', (secret) => (webhook = new Webhook(secret)));
