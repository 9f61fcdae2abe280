import { runPinsSchema, type BlobRef } from '@mailrun/contracts';
import { BlobError, ByteCache, type BlobStore } from '@mailrun/platform-blobs';
import { Refusal } from '@mailrun/platform-errors';
import { z } from 'zod';
import { documentProgramOf, type DocumentProgram } from '../domain/document-program.js';
import { messageProgramOf, type MessageProgram, type MessageTemplates } from '../domain/message-program.js';
import type { RunModel } from '../domain/template-program.js';

/** A run's templates, ready to be rendered. */
export interface PinnedTemplates {
  readonly message: MessageProgram;
  /** By transformation key; undefined for one that has no template. */
  readonly documents: ReadonlyMap<string, DocumentProgram | undefined>;
  readonly shared: RunModel;
}

const { definition, template, transformations, images, zip, archiveNamePattern, run } = runPinsSchema.shape;

/** What the renderer needs of a run's pins. Tolerant: fields that a newer release added are dropped. */
const rendererPinsSchema = z.object({
  definition: z.object(definition.shape),
  template: z.object(template.shape),
  transformations: z.array(z.object(transformations.element.shape)),
  images: z.array(z.object({ key: images.element.shape.key })),
  zip,
  archiveNamePattern,
  run: z.object(run.shape),
});

/** The templates of runs, which never change: their blob's key holds its hash. */
export class PinnedTemplatesCache {
  private readonly cache: ByteCache<PinnedTemplates>;

  constructor(
    private readonly blobs: BlobStore,
    maxBytes: number,
  ) {
    this.cache = new ByteCache(maxBytes);
  }

  /**
   * @throws Refusal `render.pins-damaged`
   * @throws Outage when the store is away
   */
  get(tenantId: string, ref: BlobRef): Promise<PinnedTemplates> {
    return this.cache.get(`${tenantId} ${ref.key} ${ref.sha256}`, ref.sizeBytes, async () => {
      const pins = rendererPinsSchema.safeParse(parseJson(await this.read(ref)));
      if (!pins.success) throw pinsDamaged();
      const templates = pins.data as MessageTemplates;
      return {
        message: messageProgramOf(tenantId, templates),
        documents: new Map(
          templates.transformations.map((transformation) => [
            transformation.key,
            documentProgramOf(tenantId, transformation),
          ]),
        ),
        shared: {
          run: pins.data.run,
          definition: pins.data.definition,
          imageKeys: pins.data.images.map(({ key }) => key),
        } as RunModel,
      };
    });
  }

  private async read(ref: BlobRef): Promise<Buffer> {
    try {
      return await this.blobs.get(ref, { maxBytes: ref.sizeBytes });
    } catch (error) {
      // Missing or damaged bytes never come back.
      if (error instanceof BlobError) throw pinsDamaged();
      throw error;
    }
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined; // the schema refuses it
  }
}

const pinsDamaged = () =>
  new Refusal(
    'rule',
    'render.pins-damaged',
    'The templates that the run pinned are missing or damaged. Prepare the run again.',
  );
