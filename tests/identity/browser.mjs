// As much of a browser as signing in takes: cookies by host, redirects one by one, and forms.
import { request } from 'node:https';

export class Browser {
  #jars = new Map();

  constructor(ca) {
    this.ca = ca;
  }

  jar(url) {
    const { host } = new URL(url);
    if (!this.#jars.has(host)) this.#jars.set(host, new Map());
    return this.#jars.get(host);
  }

  cookie(url, name) {
    return this.jar(url).get(name);
  }

  // One exchange; redirects are answers like others.
  async send(method, url, { headers = {}, body } = {}) {
    const jar = this.jar(url);
    const cookies = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await new Promise((resolve, reject) => {
      const sent = request(
        url,
        { method, ca: this.ca, headers: { ...(cookies && { cookie: cookies }), ...headers } },
        resolve,
      );
      sent.on('error', reject);
      sent.end(body);
    });
    let text = '';
    for await (const piece of response.setEncoding('utf8')) text += piece;
    const set = response.headers['set-cookie'] ?? [];
    for (const field of set) {
      const [pair, ...attributes] = field.split(';').map((part) => part.trim());
      const name = pair.slice(0, pair.indexOf('='));
      const value = pair.slice(pair.indexOf('=') + 1);
      const gone = attributes.some(
        (a) => /^max-age=0$/i.test(a) || /^expires=thu, 01 jan 1970/i.test(a),
      );
      if (gone || value === '') jar.delete(name);
      else jar.set(name, value);
    }
    const location = response.headers.location && new URL(response.headers.location, url).href;
    return { status: response.statusCode, headers: response.headers, set, text, location, url };
  }

  get(url, headers) {
    return this.send('GET', url, { headers });
  }

  post(url, fields) {
    return this.send('POST', url, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    });
  }

  // Goes where it is sent, fills in the provider's forms as this person, and stops in front of the
  // first address that `until` knows.
  async signIn(url, person, until) {
    let answer = await this.get(url);
    for (let steps = 0; steps < 20; ++steps) {
      if (answer.location) {
        if (until(answer.location)) return answer.location;
        answer = await this.get(answer.location);
        continue;
      }
      const action = /<form[^>]*action="([^"]+)"/.exec(answer.text)?.[1];
      const prompt = /name="prompt" value="([^"]+)"/.exec(answer.text)?.[1];
      if (!action || !prompt)
        throw new Error(`no form at ${answer.url}: ${answer.status} ${answer.text}`);
      const fields = prompt === 'login' ? { prompt, login: person, password: 'any' } : { prompt };
      answer = await this.post(new URL(action, answer.url).href, fields);
    }
    throw new Error('the provider sends in circles');
  }
}
