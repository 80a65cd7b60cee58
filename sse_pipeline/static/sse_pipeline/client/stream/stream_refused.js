/** The server refused the stream for good: it is unknown, or not for this reader. */
export class StreamRefused extends Error {
  /** The status of the reply. */
  status;

  /**
   * @param {number} status
   * @param {string} reason
   */
  constructor(status, reason) {
    super(`${reason} (${status})`);
    this.name = "StreamRefused";
    this.status = status;
  }
}
