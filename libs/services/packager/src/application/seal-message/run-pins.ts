import { runPinsSchema, type BlobRef, type RunPins } from '@mailrun/contracts';
import { ByteCache, type BlobStore } from '@mailrun/platform-blobs';
import { z } from 'zod';
import { refusals } from '../../domain/refusals.js';
import { readBlob } from './blob-reading.js';

/** What the packager needs of a run's pins. */
export type PackagerPins = Pick<
  RunPins,
  'sender' | 'images' | 'zip' | 'passwordKey' | 'inDoubtPolicy' | 'giveUpAfterHours' | 'testAddress' | 'bcc'
>;

const { sender, images, zip, passwordKey, inDoubtPolicy, giveUpAfterHours, testAddress, bcc } =
  runPinsSchema.shape;

/** Tolerant: fields that a newer release added are dropped. */
const packagerPinsSchema = z.object({
  sender: z.object(sender.shape),
  images: z.array(z.object(images.element.shape)),
  zip,
  passwordKey,
  inDoubtPolicy,
  giveUpAfterHours,
  testAddress,
  bcc: z.array(z.object(bcc.element.shape)),
});

/** The pins of runs, which never change: a blob's key holds its hash. */
export class RunPinsCache {
  private readonly cache: ByteCache<PackagerPins>;

  constructor(
    private readonly blobs: BlobStore,
    maxBytes: number,
  ) {
    this.cache = new ByteCache(maxBytes);
  }

  /**
   * @throws Refusal `package.pins-damaged`
   * @throws Outage when the store is away
   */
  get(ref: BlobRef): Promise<PackagerPins> {
    return this.cache.get(`${ref.key} ${ref.sha256}`, ref.sizeBytes, async () => {
      const bytes = await readBlob(this.blobs, ref, refusals.pinsDamaged);
      const pins = packagerPinsSchema.safeParse(parseJson(bytes));
      if (!pins.success) throw refusals.pinsDamaged();
      return pins.data as PackagerPins;
    });
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined; // the schema refuses it
  }
}
