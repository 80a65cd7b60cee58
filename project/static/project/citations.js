import { element } from "./elements.js";

/** Shows the places in the documents that an answer is based on. */
export class Citations {
  #list;

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#list = list;
  }

  clear() {
    this.#list.replaceChildren();
    this.#list.parentElement.hidden = true;
  }

  /** @param {{url: string, title: string, text: string}} citation */
  add({ url, title, text }) {
    const summary = element("summary", "", [element("span", "", title), element("code", "", url)]);
    const details = element("details", "", [summary, element("p", "", text)]);
    this.#list.append(element("li", "", [details]));
    this.#list.parentElement.hidden = false;
  }
}
