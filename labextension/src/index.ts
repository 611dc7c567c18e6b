import { chat } from './chat/plugin';
import { desk, marks } from './documents/plugin';
import { status } from './status/plugin';

export default [desk, chat, marks, status];
