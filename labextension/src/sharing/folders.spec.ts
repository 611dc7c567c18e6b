import { RoomId } from '../message';
import { ROOM, ScriptedService } from '../testing/sharing';
import { FolderShare, isWithin } from './folders';
import { OpenFiles } from './open_files';
import { Sharing } from './requests';

it('shares a folder with all tabs of its files put away, and says what could not be shared', async () => {
  const service = new ScriptedService();
  service.answers.set('POST folders', {
    path: 'play',
    room: ROOM,
    shared: ['play/act1.ipynb'],
    refused: { 'play/moon.txt': 'it is not UTF-8' }
  });
  service.answers.set('GET folders', { folders: [{ path: 'play', room: ROOM }] });
  const done: string[] = [];
  const tab = (localPath: string) => ({
    context: {
      ...{ localPath, ready: Promise.resolve(), model: { dirty: false } },
      sessionContext: { kernelDisplayStatus: 'idle' }
    },
    dispose: () => done.push(`closed ${localPath}`)
  });
  const shell = { widgets: () => [tab('play/act1.ipynb'), tab('playful.ipynb')] };
  const manager = {
    contextForWidget: (widget: ReturnType<typeof tab>) => widget.context,
    openOrReveal: (path: string) => void done.push(`opened ${path}`)
  };
  const files = new OpenFiles(shell as never, manager as never, false);
  const folders = new FolderShare(new Sharing(service.rest), files);
  expect(await folders.share('play', ROOM as RoomId)).toMatchObject({
    room: ROOM,
    left: ['play/moon.txt: it is not UTF-8']
  });
  expect(done).toEqual(['closed play/act1.ipynb', 'opened play/act1.ipynb']);
  expect((await folders.find('play'))?.room).toBe(ROOM);
  expect(await folders.find('plays')).toBeNull();
});

it('knows what is in a folder', () => {
  expect(isWithin('play/act1.ipynb', 'play')).toBe(true);
  expect(isWithin('playful.ipynb', 'play')).toBe(false);
});

it('closes a tab only once the kernel that is being started for it is there', async () => {
  const done: string[] = [];
  let start: () => void = () => undefined;
  const ready = new Promise<void>(resolve => {
    start = resolve;
  });
  const tab = {
    context: { sessionContext: { kernelDisplayStatus: 'initializing', ready } },
    dispose: () => done.push('closed')
  };
  const files = new OpenFiles({} as never, null, false);
  const closing = files.close(tab as never);
  await Promise.resolve();
  expect(done).toEqual([]);
  start();
  await closing;
  expect(done).toEqual(['closed']);
});
