import { LabIcon } from '@jupyterlab/ui-components';

import { icon } from '../chat/icons';
import { Mark } from './words';

const saved = icon('saved', 'M9 16.2l-4.2-4.2-1.4 1.4L9 19 21 7l-1.4-1.4z');
const waiting = icon(
  'waiting',
  'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 18a8 8 0 1 1 0-16 8 8 0 0 1 0 16zm.5-13H11v6l5.2 3.2.8-1.3-4.5-2.7z'
);
const away = icon(
  'away',
  'M12 4V1L8 5l4 4V6a6 6 0 0 1 5.3 8.8l1.5 1.5A8 8 0 0 0 12 4zm0 14a6 6 0 0 1-5.3-8.8L5.2 7.7A8 8 0 0 0 12 20v3l4-4-4-4z'
);
const readOnly = icon(
  'read-only',
  'M18 8h-1V6A5 5 0 0 0 7 6v2H6a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2V10a2 2 0 0 0-2-2zM9 6a3 3 0 0 1 6 0v2H9z'
);
const refused = icon(
  'refused',
  'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zM4 12a8 8 0 0 1 12.9-6.3L5.7 16.9A8 8 0 0 1 4 12zm8 8a8 8 0 0 1-4.9-1.7L18.3 7.1A8 8 0 0 1 12 20z'
);

/** What stands beside the words; it says nothing that they do not. */
export const markIcons: Readonly<Record<Mark, LabIcon>> = {
  saved,
  waiting,
  away,
  'read-only': readOnly,
  refused
};
