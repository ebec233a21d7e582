import type { ImageView } from '../operator/image-view.js';

const kinds: Readonly<Record<ImageView['state'], string>> = {
  ready: 'good',
  downloading: 'busy',
  waiting: '',
  preparing: 'busy',
  missing: 'bad',
  failed: 'bad',
};

/** The images, with how far each is. */
export function imagesPage(images: readonly ImageView[]) {
  return {
    summary: `${images.filter(({ state }) => state === 'ready').length} of ${images.length} ready`,
    images: images.map(rowOf),
  };
}

function rowOf(image: ImageView) {
  const { name, type, file, state, verified, size, problem, message, recognised, volumeId } = image;
  return {
    ...{ name, type, file, state, size, kind: kinds[state] },
    checksum: verified === null ? 'not compared' : verified ? 'matches' : 'differs',
    checksumKind: verified === null ? '' : verified ? 'good' : 'bad',
    isArriving: state === 'downloading',
    message: problem ?? message ?? recognised ?? volumeId ?? '',
    ...arriving(image),
  };
}

/** How far a download is; `left` in seconds. */
export function arriving({ name, size, downloadedBytes, speed }: ImageView) {
  const arrived = downloadedBytes ?? 0;
  const left = size !== null && speed !== null && speed > 0 ? (size - arrived) / speed : null;
  return { name, size, arrived, speed, left };
}
