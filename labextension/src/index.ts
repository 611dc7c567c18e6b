import { chat } from './chat/plugin';
import { desk, marks, runners } from './documents/plugin';
import { presence } from './presence/plugin';
import { sharing } from './sharing/plugin';
import { roles } from './sharing/roles_plugin';
import { status } from './status/plugin';
import { timeLine } from './time_line/plugin';

export default [desk, chat, marks, runners, presence, status, sharing, roles, timeLine];
