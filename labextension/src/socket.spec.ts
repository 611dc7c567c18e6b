import { ServerConnection } from '@jupyterlab/services';

import { FrameSocket } from './socket';

class Wire {
  static all: Wire[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly sent: string[] = [];

  constructor(readonly url: string) {
    Wire.all.push(this);
  }

  send(json: string): void {
    this.sent.push(json);
  }

  close(): void {
    this.onclose?.();
  }
}

const settings = (more: object = {}): ServerConnection.ISettings =>
  ({ wsUrl: 'ws://montague.lit/user/romeo/', WebSocket: Wire, ...more }) as never;

const last = (): Wire => {
  const wire = Wire.all.at(-1);
  if (!wire) {
    throw new Error('nobody has connected');
  }
  return wire;
};

beforeEach(() => {
  jest.useFakeTimers();
  Wire.all = [];
});
afterEach(() => jest.useRealTimers());

it('opens again after a loss, later each time, and says so', () => {
  const socket = new FrameSocket(settings(), () => 0);
  const said: boolean[] = [];
  socket.openChanged.connect((_, open) => said.push(open));
  last().onopen?.();
  last().close();
  expect(said).toEqual([true, false]);

  jest.advanceTimersByTime(499);
  expect(Wire.all).toHaveLength(1);
  jest.advanceTimersByTime(1);
  expect(Wire.all).toHaveLength(2);
  last().close();
  jest.advanceTimersByTime(999);
  expect(Wire.all).toHaveLength(2);
  jest.advanceTimersByTime(1);
  expect(Wire.all).toHaveLength(3);
  socket.dispose();
});

it('is quick again once it was open', () => {
  const socket = new FrameSocket(settings(), () => 0);
  last().close();
  jest.advanceTimersByTime(500);
  last().onopen?.();
  last().close();
  jest.advanceTimersByTime(500);
  expect(Wire.all).toHaveLength(3);
  socket.dispose();
});

it('does not wait when the network is back', () => {
  const socket = new FrameSocket(settings(), () => 1);
  last().close();
  window.dispatchEvent(new Event('online'));
  expect(Wire.all).toHaveLength(2);
  jest.advanceTimersByTime(60_000);
  expect(Wire.all).toHaveLength(2);
  socket.dispose();
});

it('keeps nothing for later', () => {
  const socket = new FrameSocket(settings(), () => 0);
  expect(socket.send('{}')).toBe(false);
  last().onopen?.();
  expect(socket.send('{"now":1}')).toBe(true);
  expect(last().sent).toEqual(['{"now":1}']);
  socket.dispose();
  expect(socket.send('{}')).toBe(false);
  jest.advanceTimersByTime(60_000);
  expect(Wire.all).toHaveLength(1);
});

it('passes over what is no frame, and never says what was in it', () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation();
  const socket = new FrameSocket(settings());
  const kinds: string[] = [];
  socket.received.connect((_, frame) => kinds.push(frame.kind));
  last().onopen?.();
  last().onmessage?.({ data: '{"kind":"message","body":"by yonder blessed moon"}' });
  last().onmessage?.({ data: '{"kind":"archived","room":"orchard","id":"1"}' });
  expect(kinds).toEqual(['archived']);
  expect(JSON.stringify(warn.mock.calls)).not.toContain('moon');
  warn.mockRestore();
  socket.dispose();
});

it('shows the token only where the server asks for it', () => {
  new FrameSocket(settings({ token: 'vow', appendToken: false })).dispose();
  expect(last().url).toBe('ws://montague.lit/user/romeo/xmpp-bridge/ws');
  new FrameSocket(settings({ token: 'a vow', appendToken: true })).dispose();
  expect(last().url).toBe('ws://montague.lit/user/romeo/xmpp-bridge/ws?token=a%20vow');
});
