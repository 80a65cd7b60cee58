/** Full scale of a signed 16-bit sample. */
const FULL_SCALE = 32768;

/**
 * Decode base64 of `pcm_s16le` to one array of samples a channel.
 * @param {string} base64
 * @param {number} channels
 * @returns {Float32Array<ArrayBuffer>[]}
 */
export function decodePCM(base64, channels) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const length = Math.floor(bytes.length / 2 / channels);
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from(
      { length },
      (_, frame) => view.getInt16(2 * (frame * channels + channel), true) / FULL_SCALE,
    ),
  );
}
