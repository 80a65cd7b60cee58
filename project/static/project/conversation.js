import { element } from "./elements.js";

const KEY = "conversation";

/** The turns of a conversation: they are shown, sent with the next question, and kept over a reload. */
export class Conversation {
  /** @type {{question: string, answer: string}[]} */
  turns = [];
  #list;
  #most;

  /**
   * @param {HTMLElement} list
   * @param {number} most  how many turns the server takes
   */
  constructor(list, most) {
    this.#list = list;
    this.#most = most;
    try {
      this.turns = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    } catch {
      // the browser keeps nothing for this page
    }
    this.#show();
  }

  /**
   * The turns, and another one behind them.
   * @param {{question: string, answer: string} | null | undefined} turn
   */
  with(turn) {
    return turn ? [...this.turns, turn].slice(-this.#most) : this.turns;
  }

  /** @param {{question: string, answer: string}[]} turns */
  become(turns) {
    this.turns = turns;
    try {
      sessionStorage.setItem(KEY, JSON.stringify(turns));
    } catch {
      // a reload begins a new conversation
    }
    this.#show();
  }

  #show() {
    const items = this.turns.map(({ question, answer }) =>
      element("li", "", [element("p", "asked", question), element("p", "", answer)]),
    );
    this.#list.replaceChildren(...items);
    this.#list.hidden = !items.length;
    this.#list.scrollTop = this.#list.scrollHeight;
  }
}
