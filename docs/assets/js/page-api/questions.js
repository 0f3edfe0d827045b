/**
 * What the page asks the worker: each question has an id, by which the answer finds it, and a time limit.
 */

const PATIENCE = 20_000; // milliseconds a request may take

/**
 * @typedef {(text: string, stream: "stdout" | "stderr") => void} OnOutput
 *
 * @typedef {object} Question
 * @property {(answer: any) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {number} patience
 * @property {OnOutput} [onOutput]
 * @property {ReturnType<typeof setTimeout>} [timer]
 */

export class Questions {
  #lastId = 0;
  /** @type {Map<number, Question>} */
  #open = new Map();
  /** @type {(reason: string) => void} */
  #onSilence;

  /** @param {(reason: string) => void} onSilence what to do when a time limit has passed */
  constructor(onSilence) {
    this.#onSilence = onSilence;
  }

  /**
   * @param {Worker} worker
   * @param {string} kind
   * @param {object} message
   * @param {{patience?: number, onOutput?: OnOutput}} [options] `patience` in milliseconds without a sign of life; 0 for
   *   no limit
   * @returns {Promise<any>}
   */
  ask(worker, kind, message, { patience = PATIENCE, onOutput } = {}) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const question = { resolve, reject, patience, onOutput };
      this.#open.set(id, question);
      this.#watch(question);
      worker.postMessage({ id, kind, ...message });
    });
  }

  /**
   * Hands on what the worker sent: a piece of output, an answer or an error.
   * @param {{id: number, output?: string, stream?: any, answer?: any, error?: string}} sent
   */
  hear({ id, output, stream, answer, error }) {
    const question = this.#open.get(id);
    if (output) {
      question?.onOutput?.(output, stream);
      return;
    }
    clearTimeout(question?.timer);
    this.#open.delete(id);
    if (error) {
      question?.reject(new Error(error));
    } else {
      question?.resolve(answer);
    }
  }

  /** A sign of life came: every time limit begins anew. */
  keepWaiting() {
    for (const question of this.#open.values()) {
      this.#watch(question);
    }
  }

  /** Forgets all questions, and gives them: nobody will answer them. */
  take() {
    const questions = [...this.#open.values()];
    this.#open.clear();
    for (const { timer } of questions) {
      clearTimeout(timer);
    }
    return questions;
  }

  /** @param {Question} question */
  #watch(question) {
    clearTimeout(question.timer);
    if (question.patience) {
      const expire = () =>
        this.#mayTakeLong() ? this.#watch(question) : this.#onSilence(`No answer within ${question.patience / 1000} seconds.`);
      question.timer = setTimeout(expire, question.patience);
    }
  }

  /** Whether something runs that has no time limit: what waits behind it must be patient too. */
  #mayTakeLong() {
    return [...this.#open.values()].some(({ patience }) => !patience);
  }
}
