/** The rate of all samples that a decoder of Opus gives. */
export declare const OPUS_RATE = 48000;
export type OpusChunk = {
    audio: string;
    segment: number;
    sizes: number[];
    preskip: number;
    samples?: number;
    start_ms: number;
};
export type Samples = Float32Array<ArrayBuffer>;
export type Segment = {
    number: number;
    startMs: number;
    /**
     * samples to leave out
     */
    skip: number;
    /**
     * of the whole segment, as soon as that is known
     */
    samples: number;
    given: number;
    packets: number;
    /**
     * how many packets each frame has
     */
    frames: number[];
    /**
     * the samples of the packets that were decoded
     */
    waiting: Samples[];
    decoder: AudioDecoder;
    ended: boolean;
};
/**
 * @typedef {{audio: string, segment: number, sizes: number[], preskip: number, samples?: number,
 *   start_ms: number}} OpusChunk  the data of an `audio` frame
 * @typedef {Float32Array<ArrayBuffer>} Samples
 *
 * @typedef {object} Segment
 * @property {number} number
 * @property {number} startMs
 * @property {number} skip       samples to leave out
 * @property {number} samples    of the whole segment, as soon as that is known
 * @property {number} given
 * @property {number} packets
 * @property {number[]} frames   how many packets each frame has
 * @property {Samples[]} waiting  the samples of the packets that were decoded
 * @property {AudioDecoder} decoder
 * @property {boolean} ended
 */
/** Whether this page can decode Opus: browsers have a decoder in a secure context only. */
export declare const canDecodeOpus: () => boolean;
/**
 * Decodes the `audio` frames of one speech, whose codec is `opus`.
 *
 * Each segment has a decoder of its own. Segments join to the sample. The samples of each frame are
 * given in one piece.
 */
export declare class OpusDecoder {
    #private;
    /** @param {(samples: Samples, startMs: number) => void} give  gets samples, in order */
    constructor(give: (samples: Samples, startMs: number) => void);
    /**
     * Decode the data of an `audio` frame.
     * @param {OpusChunk} chunk
     */
    decode(chunk: OpusChunk): void;
    /** Give no more samples. */
    close(): void;
}
