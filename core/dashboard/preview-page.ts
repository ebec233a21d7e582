import type { Preview, PreviewFile } from '../operator/preview.js';

/** How many characters of a text are shown. */
const mostShown = 200_000;

const kinds: Readonly<Record<Preview['decision']['kind'], string>> = {
  install: 'If it asked now, it would be installed',
  disk: 'If it asked now, it would boot its disk',
  wait: 'If it asked now, it would wait',
  identify: 'If it asked now, it would have to say more',
  menu: 'If it asked now, it would show the menu',
  allow: 'If it asked now, it would get what it asks for',
  refuse: 'If it asked now, it would be refused',
};

/** The texts that a machine would get. */
export function previewPage(machine: string, server: string, { decision, script, install }: Preview) {
  const isNow = decision.kind === 'install';
  const now = {
    title: kinds[decision.kind],
    reason: decision.reason,
    problem: isNow ? install?.problem : undefined,
    files: [
      ...(script === undefined ? [] : [shown({ name: 'boot script', text: script })]),
      ...(isNow ? (install?.files ?? []).map(shown) : []),
    ],
  };
  if (isNow || install === undefined) return { machine, server, parts: [now] };
  const then = {
    title: `While it is installed with ${install.bootProfile}`,
    reason: '',
    problem: install.problem,
    files: install.files.map(shown),
  };
  return { machine, server, parts: [now, then] };
}

function shown({ name, text }: PreviewFile) {
  const cut =
    text.length > mostShown ? `${text.slice(0, mostShown)}\n… and ${text.length - mostShown} characters more` : text;
  return { name, text: cut, bytes: Buffer.byteLength(text) };
}
