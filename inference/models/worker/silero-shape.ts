/** New samples a VAD window brings: 32 ms at 16 kHz. */
export const VAD_WINDOW = 512;
/** Samples of the window before, which the model sees again. */
export const VAD_CONTEXT = 64;
/** Samples the model is given at once. */
export const VAD_INPUT = VAD_CONTEXT + VAD_WINDOW;
/** Floats of recurrent state per stream. */
export const VAD_STATE = 256;
/** Floats of one item in a request: window, then state. */
export const VAD_ITEM = VAD_INPUT + VAD_STATE;
/** Floats of one item in an answer: probability, then state. */
export const VAD_OUTPUT = 1 + VAD_STATE;
