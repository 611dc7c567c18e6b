import { LabIcon } from '@jupyterlab/ui-components';

/** A picture of 24 by 24 in the colour of JupyterLab's own icons. */
export function icon(name: string, path: string): LabIcon {
  const svgstr =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16">' +
    `<path class="jp-icon3" fill="#616161" d="${path}"/></svg>`;
  return new LabIcon({ name: `xmpp-bridge:${name}`, svgstr });
}

export const chatIcon = icon(
  'chat',
  'M4 3h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H9l-5 5v-5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zm2 4v2h12V7zm0 4v2h8v-2z'
);
export const smileIcon = icon(
  'smile',
  'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 2a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM7.5 8v3h2V8zm7 0v3h2V8zM7 14a5.5 5.5 0 0 0 10 0h-2a3.5 3.5 0 0 1-6 0z'
);
export const replyIcon = icon('reply', 'M10 9V5l-7 7 7 7v-4c5 0 8.5 1.5 11 5-1-5-4-10-11-11z');
export const clipIcon = icon(
  'clip',
  'M16.5 6v11.5a4 4 0 0 1-8 0V5a2.5 2.5 0 0 1 5 0v10.5a1 1 0 0 1-2 0V6H10v9.5a2.5 2.5 0 0 0 5 0V5a4 4 0 0 0-8 0v12.5a5.5 5.5 0 0 0 11 0V6z'
);
export const sendIcon = icon('send', 'M2 21l21-9L2 3v7l15 2-15 2z');
