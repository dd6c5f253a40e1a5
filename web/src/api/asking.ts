// What a request is repeated under, and what it is refused with.
export class Refusal extends Error {
  constructor(
    readonly code: string,
    readonly detail: string,
    readonly status: number,
    readonly requestId: string | null,
    readonly errors: { pointer: string; detail: string }[] = [],
    // When the server said that it may be asked again.
    readonly afterSeconds: number | null = null,
  ) {
    super(`${code}: ${detail}`);
  }

  // The same may be answered soon.
  get passes() {
    return this.code === 'unreachable' || this.status === 429 || this.status >= 500;
  }
}

// One Idempotency-Key for as long as the same is asked for: pressing a button again after a lost
// answer asks for the first answer once more, and changes nothing twice.
export class Once {
  #asked = '';
  #key = '';

  header(body: unknown): { 'Idempotency-Key': string } {
    const asked = JSON.stringify(body ?? null);
    if (asked !== this.#asked || !this.#key) {
      this.#asked = asked;
      this.#key = crypto.randomUUID();
    }
    return { 'Idempotency-Key': this.#key };
  }
}
