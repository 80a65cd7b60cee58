/**
 * Decode base64 of `pcm_s16le` to one array of samples a channel.
 * @param {string} base64
 * @param {number} channels
 * @returns {Float32Array<ArrayBuffer>[]}
 */
export declare function decodePCM(base64: string, channels: number): Float32Array<ArrayBuffer>[];
