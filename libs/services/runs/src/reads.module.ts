import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { MessageReads } from './application/ports/message-reads.port.js';
import { ResultReads } from './application/ports/result-reads.port.js';
import { ReadMessages } from './application/read-messages/read-messages.use-case.js';
import { ReadResults } from './application/read-results/read-results.use-case.js';
import { MessagesController } from './inbound/reads/messages.controller.js';
import { ResultsController } from './inbound/reads/results.controller.js';
import { PostgresMessageReads } from './outbound/postgres/reads/message-reads.postgres.js';
import { PostgresResultReads } from './outbound/postgres/reads/result-reads.postgres.js';

/** Results and messages as screens read them. */
@Module({})
export class ReadsModule {
  /** @param imports modules that export Database and Dispatcher */
  static register({ imports }: { readonly imports: NonNullable<ModuleMetadata['imports']> }): DynamicModule {
    return {
      module: ReadsModule,
      imports,
      controllers: [ResultsController, MessagesController],
      providers: [
        ReadResults,
        ReadMessages,
        { provide: ResultReads, useClass: PostgresResultReads },
        { provide: MessageReads, useClass: PostgresMessageReads },
      ],
    };
  }
}
