// A TCP proxy on the loopback that breaks what passes: it cuts, freezes, or replies by itself.
import net from "node:net";

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
export function numbers(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Between {
  cuts = 0;
  /** Statuses with which the next connections are answered. */
  statuses = [];
  /** Returns after how many bytes to cut the next connection. */
  lifetime = () => Infinity;
  #connections = new Set();
  #server = net.createServer((socket) => this.#connect(socket));
  #port;

  /** @param {string} url  that of the server behind it */
  static async before(url) {
    const between = new Between();
    between.#port = Number(new URL(url).port);
    await new Promise((resolve) => between.#server.listen(0, "127.0.0.1", resolve));
    return between;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** Let the connections that are open say nothing any more, and leave them open. */
  freeze() {
    for (const connection of this.#connections) connection.frozen = true;
  }

  cut() {
    for (const { socket } of this.#connections) socket.destroy();
  }

  close() {
    this.cut();
    this.#server.close();
  }

  #connect(socket) {
    socket.on("error", () => {});
    if (this.statuses.length) {
      const head = `HTTP/1.1 ${this.statuses.shift()} Away\r\nConnection: close\r\n`;
      socket.once("data", () => socket.end(`${head}Content-Length: 0\r\n\r\n`));
      return;
    }
    const connection = { socket, frozen: false, left: this.lifetime() };
    const there = net.connect(this.#port, "127.0.0.1");
    there.on("error", () => socket.destroy());
    there.on("close", () => connection.frozen || socket.end());
    socket.on("close", () => (this.#connections.delete(connection), there.destroy()));
    socket.on("data", (data) => there.write(data));
    there.on("data", (data) => this.#pass(connection, data));
    this.#connections.add(connection);
  }

  #pass(connection, data) {
    if (connection.frozen || connection.left <= 0) return;
    connection.socket.write(data.subarray(0, connection.left));
    connection.left -= data.length;
    if (connection.left > 0) return;
    this.cuts += 1;
    connection.socket.destroySoon();
  }
}
