/** A day of a notebook, for the tests of its time line. */
import { NOTEBOOK, ScriptedService } from './sharing';

export const ROMEO = person('romeo', 'Romeo Montague', {
  id: 'soft',
  number: 1,
  beginning: 'But soft'
});
export const JULIET = person('juliet', 'Juliet Capulet', {
  id: 'window',
  number: null,
  beginning: ''
});

export const PAGE = {
  document: NOTEBOOK,
  name: 'daylight.ipynb',
  type: 'notebook',
  role: 'editor',
  more: true,
  moments: [moment(9, 5, '12:20', ROMEO, JULIET), moment(5, 3, '12:10', JULIET)]
};

export const LOOK = {
  document: NOTEBOOK,
  id: 9,
  against: 5,
  cells: [
    cell('soft', 'changed', 1, [
      ['-', 'But soft'],
      ['+', 'But very soft']
    ]),
    cell('window', 'removed', null, [['-', 'window']]),
    cell('east', 'same', 2, [[' ', 'It is the east']])
  ]
};

export function person(hubUser: string, displayName: string, ...cells: object[]) {
  return { hub_user: hubUser, display_name: displayName, cells };
}

export function moment(id: number, after: number, time: string, ...people: object[]) {
  const at = `2026-11-20T${time}:00+00:00`;
  return { id, after, began_at: at, ended_at: at, edits: 3, people };
}

export function cell(
  id: string,
  fate: string,
  number: number | null,
  lines: readonly (readonly [string, string])[],
  more: object = {}
) {
  return {
    id,
    type: 'code',
    number,
    fate,
    lines,
    outputs: [],
    execution_count: null,
    outputs_changed: false,
    metadata_changed: false,
    ...more
  };
}

/** A service that knows this day. */
export function dayService(): ScriptedService {
  const service = new ScriptedService();
  const base = `documents/${NOTEBOOK}`;
  for (const [path, answer] of [
    [`GET ${base}/time-line?grain=coarse`, PAGE],
    [
      `GET ${base}/time-line?grain=coarse&before=3`,
      { ...PAGE, more: false, moments: [moment(3, 0, '12:00', ROMEO)] }
    ],
    [`GET ${base}/time-line/9?against=5`, LOOK],
    [`GET ${base}/time-line/5?against=3`, { ...LOOK, cells: [] }],
    [`GET ${base}/time-line/now?against=9`, LOOK],
    [`GET ${base}/time-line/9?against=3`, LOOK],
    [`POST ${base}/restorations`, { id: 'r1', changed: true }],
    [`POST ${base}/roll-backs`, { id: 'r2', changed: true }]
  ] as const) {
    service.answers.set(path, answer);
  }
  return service;
}
