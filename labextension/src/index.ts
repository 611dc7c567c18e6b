import { chat } from './chat/plugin';
import { status } from './status/plugin';

export default [chat, status];
