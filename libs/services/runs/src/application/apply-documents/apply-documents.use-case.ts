import { Injectable } from '@nestjs/common';
import type { BusMessage, DocumentMade } from '@mailrun/contracts';
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
}
