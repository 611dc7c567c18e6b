import { code, excerpt, name, prose } from './safe_text';

it('does not let anybody turn around what is written', () => {
  expect(prose('user\u202Egpj.exe')).toBe('usergpj.exe');
  expect(name('\u2066Romeo\u2069\u202E')).toBe('Romeo');
});

it('shows in code what cannot be seen', () => {
  expect(code('if admin\u202E:\u200B')).toBe('if admin⟨U+202E⟩:⟨U+200B⟩');
  expect(code('x\u{E0041}')).toBe('x⟨U+E0041⟩');
  expect(code('\tx = 1\n')).toBe('\tx = 1\n');
});

it('leaves writing and emoji as they are', () => {
  for (const text of ['שלום', 'می‌خواهم', '👩‍👩‍👧', 'ångström', 'नमस्ते', '❤️', 'กำลัง']) {
    expect(prose(text)).toBe(text);
  }
});

it('takes piles of marks away', () => {
  const zalgo = `Z${'\u0301\u0328'.repeat(500)}algo`;
  expect(prose(zalgo).length).toBeLessThan(12);
});

it('keeps a name on one line, short and not empty', () => {
  expect(name('Romeo\n\nsays: \u0000yes')).toBe('Romeo says: yes');
  expect(Array.from(name('🎉'.repeat(500)))).toHaveLength(80);
  expect(name('\u200B\u200B')).toBe('?');
});

it('cuts between characters, not within one', () => {
  expect(excerpt('🎉🎉🎉🎉', 3)).toBe('🎉🎉…');
  expect(excerpt('two\nlines', 20)).toBe('two lines');
});
