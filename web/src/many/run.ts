// The same asked for many times: a few requests at once, each with an Idempotency-Key that it keeps, so that
// what failed can be tried again without doing anything twice. Where the server says when it may be asked
// again (429), all wait until then.
import { Once, Refusal } from '../api/asking';

export interface Job<T> {
  id: string;
  send(once: Once): Promise<T>;
  // The jobs that must be done before this one can be.
  needs?: string[];
}

export type Outcome<T> =
  | { state: 'waiting' | 'running' }
  | { state: 'done'; answer: T }
  // Null where something that it needs failed.
  | { state: 'failed'; refusal: Refusal | null };

const atOnce = 4;
const waitMs = 1000;

export type Sleep = (ms: number) => Promise<void>;
const sleep: Sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Many<T> {
  #outcomes = new Map<string, Outcome<T>>();
  #onces = new Map<string, Once>();
  #pausedUntil = 0;
  #stopped = false;

  constructor(
    readonly jobs: readonly Job<T>[],
    readonly onChange: () => void = () => {},
    readonly pause: Sleep = sleep,
  ) {
    for (const { id } of jobs) {
      this.#outcomes.set(id, { state: 'waiting' });
      this.#onces.set(id, new Once());
    }
  }

  outcome = (id: string): Outcome<T> => this.#outcomes.get(id)!;
  in = (state: Outcome<T>['state']) =>
    this.jobs.filter(({ id }) => this.outcome(id).state === state).length;
  // What is under way is answered.
  stop = () => void (this.#stopped = true);

  // All that is not done yet.
  async run() {
    this.#stopped = false;
    const left = this.jobs.filter(({ id }) => this.outcome(id).state !== 'done');
    for (const { id } of left) this.#outcomes.set(id, { state: 'waiting' });
    await this.#runSome(left.filter(({ needs = [] }) => needs.length === 0));
    await this.#runSome(left.filter(({ needs = [] }) => needs.length > 0));
    this.onChange();
  }

  async #runSome(jobs: Job<T>[]) {
    const queue = [...jobs];
    const worker = async () => {
      for (let job = queue.shift(); job && !this.#stopped; job = queue.shift()) await this.#do(job);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }

  #note(id: string, outcome: Outcome<T>) {
    this.#outcomes.set(id, outcome);
    this.onChange();
  }

  async #do({ id, send, needs = [] }: Job<T>) {
    if (!needs.every((each) => this.outcome(each).state === 'done')) {
      this.#note(id, { state: 'failed', refusal: null });
      return;
    }
    while (!this.#stopped) {
      const wait = this.#pausedUntil - Date.now();
      if (wait > 0) {
        await this.pause(wait);
        continue;
      }
      try {
        this.#note(id, { state: 'running' });
        this.#note(id, { state: 'done', answer: await send(this.#onces.get(id)!) });
        return;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (error.status !== 429) {
          this.#note(id, { state: 'failed', refusal: error });
          return;
        }
        this.#pausedUntil = Date.now() + (error.afterSeconds ?? 1) * waitMs;
        this.#note(id, { state: 'waiting' });
      }
    }
  }
}
