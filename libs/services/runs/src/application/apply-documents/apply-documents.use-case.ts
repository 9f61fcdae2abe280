import { Injectable } from '@nestjs/common';
import { uuidSchema, type BusMessage, type DocumentMade } from '@mailrun/contracts';
import { PreparationStore } from '../ports/preparation-store.port.js';
import { WorkSignals } from '../work-signals.js';

/** Keeps what the renderer answered to `make-documents`; replayed answers change nothing. */
@Injectable()
export class ApplyDocuments {
  constructor(
    private readonly preparations: PreparationStore,
    private readonly signals: WorkSignals,
  ) {}

  async apply(batch: readonly BusMessage<DocumentMade>[]): Promise<void> {
    await this.preparations.applyAnswers(
      batch.map(({ headers: { tenantId }, body: { documentId, result } }) =>
        result.kind === 'made'
          ? {
              tenantId,
              documentId,
              made: { content: result.content, contentType: result.contentType, fileName: result.fileName },
            }
          : { tenantId, documentId, failure: result.failure },
      ),
    );
    this.signals.raise('prepare');
  }

  /** Answers that can't be read or kept, ever: what can be told of them, by key and headers. */
  async applyUnreadable(
    answers: readonly {
      readonly documentId: string;
      readonly tenantId: string | undefined;
      readonly reason: { readonly code: string; readonly detail: string };
    }[],
  ): Promise<void> {
    const known = answers.flatMap(({ documentId, tenantId, reason }) =>
      isUuid(documentId) && isUuid(tenantId)
        ? [{ tenantId, documentId, failure: { ...reason, stage: 'prepare' } }]
        : [],
    );
    if (known.length > 0) await this.preparations.applyAnswers(known);
    this.signals.raise('prepare');
  }
}

const isUuid = (text: string | undefined): text is string => uuidSchema.safeParse(text).success;
