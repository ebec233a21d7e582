import cliProgress from 'cli-progress';

/** Shows how far something is, in bytes. */
export interface Progress {
  readonly update: (done: number, total: number) => void;
  /** Leaves the terminal as it was. */
  readonly stop: () => void;
}

/** A bar with speed and remaining time where `stream` is a terminal, and nothing where it is not. */
export function progressBar(stream: NodeJS.WritableStream): Progress {
  const bar = new cliProgress.SingleBar({
    stream,
    format: '{bar} {percentage}% of {size} MB  {speed} MB/s  {left} left',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    clearOnComplete: true,
    // Cuts the line to the width of the terminal, instead of a mode of the terminal that would have to be restored.
    linewrap: true,
    emptyOnZero: true,
  });
  let first: { readonly done: number; readonly at: number } | undefined;
  const update = (done: number, total: number): void => {
    const now = performance.now();
    first ??= { done, at: now };
    const perSecond = ((done - first.done) / (now - first.at)) * 1000;
    const payload = { size: megabytes(total), speed: megabytes(perSecond), left: duration((total - done) / perSecond) };
    if (bar.isActive) bar.update(done, payload);
    else bar.start(total, done, payload);
  };
  return { update, stop: () => bar.stop() };
}

function megabytes(bytes: number): string {
  return Number.isFinite(bytes) ? Math.round(bytes / 1e6).toLocaleString('en') : '-';
}

/** Minutes and seconds, `3:07`. */
function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-:--';
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
