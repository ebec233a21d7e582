import type { SerabutError } from '../errors.js';
import type { IsoState } from '../iso/library.js';
import { type ConditionNow, messageOf, reasonOf } from '../resources/condition.js';
import type { ImageSpec } from '../resources/image.js';
import type { FileRecord } from './record.js';
import { megabytes } from './space.js';

/** How far a download is; speed in bytes per second. */
export interface Progress {
  readonly bytes: number;
  readonly total: number | undefined;
  readonly speed: number;
}

/** What is known of an Image at one moment. */
export interface ImageView {
  readonly spec: ImageSpec;
  /** Of the file that is there, if it is what the spec wants. */
  readonly record: FileRecord | undefined;
  /** Whether any file is there: one of an earlier spec is served until the new one is. */
  readonly isPresent: boolean;
  readonly progress: Progress | undefined;
  readonly failure: SerabutError | undefined;
  readonly isReferenced: boolean;
  /** Of the ISO library, for what is there of type iso. */
  readonly iso: IsoState | undefined;
  /** What a plugin recognised in the ISO. */
  readonly recognised: string | undefined;
}

/** The status of an Image but for the times of its conditions. */
export interface ImageStatus {
  readonly conditions: readonly ConditionNow[];
  readonly details: Readonly<Record<string, string | number>>;
}

export function imageStatus(view: ImageView): ImageStatus {
  const conditions = [downloaded(view), verified(view), ...(view.spec.type === 'iso' ? [indexed(view)] : [])];
  const { record, progress, iso, recognised } = view;
  const details = {
    size: record?.file.size ?? progress?.total,
    digest: record === undefined ? undefined : `sha256:${record.sha256}`,
    volumeId: iso?.state === 'ready' ? iso.volume.volumeId : undefined,
    recognised,
    downloadedBytes: progress?.bytes,
    speed: progress?.speed,
  };
  const known = Object.entries(details).filter(([, value]) => value !== undefined);
  return { conditions, details: Object.fromEntries(known) as Record<string, string | number> };
}

function condition(type: string, status: ConditionNow['status'], reason: string, message: string): ConditionNow {
  return { type, status, reason, message: message.slice(0, 1024) };
}

function downloaded(view: ImageView): ConditionNow {
  const { spec, record, failure, isPresent, isReferenced } = view;
  if (spec.url === undefined) {
    return isPresent
      ? condition('Downloaded', 'True', 'Present', 'somebody put the file there')
      : condition('Downloaded', 'False', 'Missing', 'the file is not there: put it there, or give the Image a url');
  }
  if (record !== undefined) {
    const how = record.owned ? `downloaded from ${spec.url}` : 'somebody put the file there; it is not downloaded';
    return condition('Downloaded', 'True', record.owned ? 'Downloaded' : 'Present', how);
  }
  const meanwhile = isPresent ? '; the file that is there is served until then' : '';
  if (failure !== undefined) {
    const served = isPresent ? ' The file that is there is served until then.' : '';
    return condition('Downloaded', 'False', reasonOf(failure), `${messageOf(failure)}${served}`);
  }
  if (view.progress !== undefined) {
    return condition('Downloaded', 'False', 'Downloading', `${progressText(view.progress)}${meanwhile}`);
  }
  if (isReferenced) return condition('Downloaded', 'False', 'Waiting', `it will be downloaded${meanwhile}`);
  return condition('Downloaded', 'False', 'NotReferenced', 'no Distro refers to it, and it is kept only then');
}

/** In steps of a percent, so that a condition is not written anew for each piece. */
function progressText({ bytes, total }: Progress): string {
  if (total === undefined) return `${megabytes(bytes)} have arrived`;
  return `${Math.floor((100 * bytes) / Math.max(total, 1))} % of ${megabytes(total)}`;
}

/** The errors that say that the bytes, or what is said of them, are not genuine. */
const doubts: readonly string[] = [
  'SERABUT_ERR_IMAGE_DIFFERS',
  'SERABUT_ERR_IMAGE_SIGNATURE',
  'SERABUT_ERR_IMAGE_NOT_LISTED',
  'SERABUT_ERR_IMAGE_IN_THE_WAY',
  'SERABUT_ERR_CHECKSUM_LIST',
];

function verified({ spec, record, failure }: ImageView): ConditionNow {
  if (record === undefined) {
    if (failure !== undefined && doubts.includes(failure.code)) {
      return condition('Verified', 'False', reasonOf(failure), messageOf(failure));
    }
    const noChecksum = spec.url === undefined && spec.sha256 === undefined;
    return noChecksum
      ? condition('Verified', 'Unknown', 'NoChecksum', 'the Image has no sha256 to compare the file with')
      : condition('Verified', 'Unknown', 'NotYet', 'the file was not looked at yet');
  }
  if (record.damaged !== undefined) return damage(record, record.damaged);
  if (record.expected === undefined) {
    const message = 'nothing says what the file should be: give the Image a sha256, or checksums';
    return condition('Verified', 'Unknown', 'NoChecksum', message);
  }
  const { algorithm, digest, by } = record.expected;
  return condition('Verified', 'True', 'ChecksumMatches', `${algorithm} ${digest} by ${by}`);
}

function damage({ sha256, owned }: FileRecord, found: string): ConditionNow {
  const remedy = owned ? 'remove the file, and it is downloaded anew' : 'copy it again';
  const message = `the file has changed on the disk: its sha256 is ${found}, and was ${sha256}. It is still served. See to the disk; ${remedy}`;
  return condition('Verified', 'False', 'Damaged', message);
}

function indexed({ iso, isPresent }: ImageView): ConditionNow {
  if (iso?.state === 'ready') return condition('Indexed', 'True', 'Indexed', `volume ${iso.volume.volumeId}`);
  if (iso?.state === 'failed') return condition('Indexed', 'False', reasonOf(iso.error), messageOf(iso.error));
  if (iso === undefined && !isPresent) return condition('Indexed', 'Unknown', 'Missing', 'there is no file');
  return condition('Indexed', 'Unknown', 'Preparing', 'the file is being copied or indexed');
}
