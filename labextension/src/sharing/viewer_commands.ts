import { CommandRegistry } from '@lumino/commands';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';

/** What the commands of notebooks and text files do to them: a viewer may only look, select, copy and export. */
const WRITING = [
  /^notebook:(cut|delete|duplicate|insert|merge|move-cell|paste|split|change-cell-to)\b/,
  /^notebook:(clear|restart-clear|restart-run|restart-and-run|undo|redo|replace-selection)\b/,
  /^notebook:run-(?!in-console)/,
  /^notebook:(hide|show)-(all-)?cell-/,
  /^notebook:(toggle-cell-outputs|toggle-output-scrolling|edit-metadata)$/,
  /^(fileeditor|editmenu):(undo|redo|cut|paste|paste-text|replace-selection)$/,
  /^(runmenu|kernelmenu):(run|restart-and-run|restart-and-clear|clear)/,
  /^toc:run-cells$/
];

/** Whether a command would change the file in front. */
export function writes(command: string): boolean {
  return WRITING.some(each => each.test(command));
}

/**
 * Commands that write are off, in menus, toolbars and for keys, while `isReadOnly`.
 *
 * COMPAT(Lumino 2): nobody but who adds a command can say when it is enabled, so that is said in their place.
 */
export function keepFromWriting(commands: CommandRegistry, isReadOnly: () => boolean): void {
  const isEnabled = commands.isEnabled.bind(commands);
  const execute = commands.execute.bind(commands);
  const isKept = (command: string) => writes(command) && isReadOnly();
  commands.isEnabled = (command: string, args?: ReadonlyPartialJSONObject) =>
    !isKept(command) && isEnabled(command, args);
  commands.execute = (command: string, args?: ReadonlyPartialJSONObject): Promise<never> =>
    isKept(command)
      ? Promise.resolve(undefined as never)
      : (execute(command, args) as Promise<never>);
}
