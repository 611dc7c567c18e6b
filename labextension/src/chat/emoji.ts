import { TranslationBundle } from '@jupyterlab/translation';

export interface Emoji {
  readonly character: string;
  readonly name: string;
}

/** A few that people use most; every other can be typed or pasted. */
export function emojis(trans: TranslationBundle): readonly Emoji[] {
  return [
    { character: '👍', name: trans.__('thumbs up') },
    { character: '👎', name: trans.__('thumbs down') },
    { character: '❤️', name: trans.__('heart') },
    { character: '🎉', name: trans.__('party') },
    { character: '😄', name: trans.__('smile') },
    { character: '😂', name: trans.__('tears of joy') },
    { character: '🙂', name: trans.__('slight smile') },
    { character: '😉', name: trans.__('wink') },
    { character: '😍', name: trans.__('heart eyes') },
    { character: '🤔', name: trans.__('thinking') },
    { character: '😕', name: trans.__('confused') },
    { character: '😢', name: trans.__('crying') },
    { character: '😮', name: trans.__('surprised') },
    { character: '😅', name: trans.__('sweat smile') },
    { character: '🙈', name: trans.__('see no evil') },
    { character: '🙏', name: trans.__('thank you') },
    { character: '👏', name: trans.__('clapping') },
    { character: '👋', name: trans.__('wave') },
    { character: '💪', name: trans.__('strong') },
    { character: '👀', name: trans.__('eyes') },
    { character: '✅', name: trans.__('done') },
    { character: '❌', name: trans.__('wrong') },
    { character: '❓', name: trans.__('question') },
    { character: '❗', name: trans.__('exclamation') },
    { character: '⚠️', name: trans.__('warning') },
    { character: '🔥', name: trans.__('fire') },
    { character: '🚀', name: trans.__('rocket') },
    { character: '💡', name: trans.__('idea') },
    { character: '🐛', name: trans.__('bug') },
    { character: '🔧', name: trans.__('repair') },
    { character: '📌', name: trans.__('pin') },
    { character: '📈', name: trans.__('rising') },
    { character: '📉', name: trans.__('falling') },
    { character: '🧪', name: trans.__('experiment') },
    { character: '⏳', name: trans.__('waiting') },
    { character: '☕', name: trans.__('coffee') }
  ];
}
