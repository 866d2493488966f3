/** Frames of a stack that are kept, in a host's own process and in plugins': a trap deep in a library is told with the author's function that called it. */
export const stackDepth = 30;
