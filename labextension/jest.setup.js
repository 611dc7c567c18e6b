// What JupyterLab's modules ask of a browser as they load, and jsdom has not.
const { TextDecoder, TextEncoder } = require('util');

Object.assign(globalThis, {
  TextDecoder,
  TextEncoder,
  DragEvent: class DragEvent extends MouseEvent {},
  ResizeObserver: class ResizeObserver {
    observe() {}
    unobserve() {}
    disconnect() {}
  },
  IS_REACT_ACT_ENVIRONMENT: true
});
globalThis.fetch ??= () => Promise.reject(new Error('a test asks nobody'));
window.matchMedia ??= () => ({
  matches: false,
  addEventListener() {},
  removeEventListener() {}
});
