import { fileIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Attachment } from '../message';
import { useChat } from './context';
import { webLink } from './link';
import { name } from './safe_text';

/** A file at the hub's service: of a room, or of somebody's XMPP client. */
const UPLOAD = /\/services\/[^/]+\/api\/((?:rooms\/[^/]+\/)?uploads\/[^/]+\/[^/]+)$/;
const PICTURES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
const MOST = 20;

/** Files that came with a message. Only pictures that lie in the room itself are shown. */
export function Attachments(props: { attachments: readonly Attachment[] }): React.ReactNode {
  const { trans } = useChat();
  if (props.attachments.length === 0) {
    return null;
  }
  return (
    <ul className="xb-Attachments" aria-label={trans.__('Files')}>
      {props.attachments.slice(0, MOST).map((attachment, index) => (
        <li key={index}>
          <AttachmentView attachment={attachment} />
        </li>
      ))}
    </ul>
  );
}

function AttachmentView({ attachment }: { attachment: Attachment }): React.JSX.Element {
  const { trans, file } = useChat();
  const url = addressOf(attachment);
  const label = name(attachment.name);
  if (url === null) {
    return <span>{label}</span>;
  }
  const ours = pathOfOurs(url);
  const href = ours === null ? url.href : file(ours);
  const shown = ours !== null && PICTURES.has(attachment.type);
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" title={url.href}>
      {shown ? (
        <img src={href} alt={label} loading="lazy" />
      ) : (
        <>
          <fileIcon.react tag="span" width="14px" height="14px" />
          <bdi>{label}</bdi> <small>{sizeOf(attachment.size, trans.__('kB'))}</small>
        </>
      )}
    </a>
  );
}

/** An address of the web, whole or on this hub. */
export function addressOf(attachment: Attachment): URL | null {
  const { url } = attachment;
  const isPath = url.startsWith('/') && !url.startsWith('//') && !url.includes('\\');
  return webLink(isPath ? window.location.origin + url : url);
}

/** Where it lies in a room of this hub, readable only by its members; null if it lies elsewhere. */
export function pathOfOurs(url: URL): string | null {
  const here = url.origin === window.location.origin;
  return (here && UPLOAD.exec(url.pathname)?.[1]) || null;
}

function sizeOf(bytes: number, unit: string): string {
  return `${Math.max(1, Math.round(bytes / 1000))} ${unit}`;
}
