export { OPUS_RATE, canDecodeOpus } from "./speech/opus.js";
export { SpeechPlayer } from "./speech/speech_player.js";
export { CodePoints, SpokenText } from "./speech/spoken_text.js";
export { Words } from "./speech/words.js";

/**
 * @typedef {import("./speech/speech_player.js").AudioChunk} AudioChunk
 * @typedef {import("./speech/words.js").Word} Word
 */
