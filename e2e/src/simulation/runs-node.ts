import type { CopyRef, Decision, MessageOutcome, Mode } from '@mailrun/contracts';
import { restoredReply } from '@mailrun/service-dispatcher/in-memory';
import { Outage } from '@mailrun/platform-errors';
import type { MessageBus } from '@mailrun/platform-messaging';
import { RecordingLogger } from '@mailrun/platform-telemetry/testing';
import {
  Dispatcher,
  EngineProcess,
  InMemoryStores,
  type DecidedCopies,
  type DecidedCopy,
  type Gate,
  type InMemoryTables,
  type RunRows,
  type TenantSettingsReader,
} from '@mailrun/service-runs/in-memory';
import type { DispatcherNode } from './dispatcher-node.js';
import type { SimulatedProcess } from './process.js';

/** After how long without news the dispatcher is asked. */
const askAfterMs = 600_000;
/** A call that is not answered is given up. */
const callTimeoutMs = 10_000;
/** How long a transaction may wait for its next statement. */
const idleTransactionMs = 60_000;

export interface RunsParts {
  readonly process: SimulatedProcess;
  readonly tables: InMemoryTables<RunRows>;
  readonly bus: MessageBus;
  readonly gateway: TenantSettingsReader;
  /** Whether tenants change between test and live. */
  readonly changesModes: boolean;
  /** Whether the database may be restored. */
  readonly restores: boolean;
  readonly storesOf: (...given: ConstructorParameters<typeof InMemoryStores>) => InMemoryStores;
  readonly dispatcherFor: (process: SimulatedProcess) => Dispatcher;
}

/** One process of runs: the engine's use cases as they are, over tables that all share. */
export class RunsNode {
  readonly process: SimulatedProcess;
  readonly engine: EngineProcess;
  /** What its workers do, when woken and from time to time. */
  readonly chores: Readonly<Record<string, () => Promise<unknown>>>;
  private readonly stores: InMemoryStores;

  constructor({ process, tables, bus, gateway, changesModes, restores, storesOf, dispatcherFor }: RunsParts) {
    this.process = process;
    const settings = { maxFailedShare: 1, askAfterMs, pollMs: 500, feedAgainMs: 15_000 };
    this.stores = storesOf(tables, { settings, step: process.step, name: process.name });
    process.onEnd(() => this.stores.database.sever());
    this.engine = new EngineProcess({
      stores: this.stores,
      bus,
      dispatcher: dispatcherFor(process),
      logger: new RecordingLogger(),
      settings: gateway,
      onRaise: (work) => process.raised.add(work),
    });
    const {
      feeding,
      watching,
      gates,
      stoppingMessages,
      settling,
      reopening,
      copies,
      decisions,
      modes,
      restored,
    } = this.engine;
    this.chores = {
      feed: () => feeding.feed(),
      watch: () => watching.watch(),
      gate: () => gates.tellAll(),
      stop: () => stoppingMessages.stopAll(),
      settle: () => settling.settleChanged(),
      'settle all': async () => {
        await reopening.reopenAll();
        await settling.settleAll();
      },
      round: () => repeated(() => copies.makeAll()),
      ...(changesModes ? { modes: () => modes.pauseAll() } : {}),
      decide: () => repeated(() => decisions.carryOutAll()),
      ...(restores ? { restored: () => repeated(() => restored.holdAll()) } : {}),
    };
  }

  /** What the database does to connections that stand still in a transaction. */
  severIdle(): void {
    this.stores.database.severIdle(this.process.world.now - idleTransactionMs);
  }
}

/** As a worker does: at once again, while there is more. */
async function repeated(turn: () => Promise<boolean>): Promise<void> {
  while (await turn());
}

export interface CallWatcher {
  /** The caller was told that the gate is kept. */
  confirmed(runId: string, gate: Gate): void;
}

/** Calls of runs to whichever process of the dispatcher answers: requests and answers may be lost. */
export class SimulatedCalls extends Dispatcher {
  constructor(
    private readonly process: SimulatedProcess,
    private readonly answering: () => DispatcherNode | undefined,
    private readonly watcher: CallWatcher,
  ) {
    super();
  }

  override async putGate(tenantId: string, runId: string, gate: Gate): Promise<void> {
    await this.call('put gate', ({ applyGate }) => applyGate.apply({ tenantId, runId, ...gate }));
    this.watcher.confirmed(runId, gate);
  }

  override queryOutcomes(tenantId: string, copies: readonly CopyRef[]): Promise<MessageOutcome[]> {
    return this.call('query outcomes', async ({ answerOutcomes }) =>
      (await answerOutcomes.answer(tenantId, copies)).map(({ outcome }) => outcome),
    );
  }

  override stopCopies(
    tenantId: string,
    run: { readonly runId: string; readonly round: number; readonly mode: Mode },
    copies: readonly CopyRef[],
  ): Promise<MessageOutcome[]> {
    return this.call('stop copies', async ({ endCopies }) =>
      (await endCopies.end({ tenantId, ...run, copies, as: 'stopped' })).map(({ outcome }) => outcome),
    );
  }

  override decideCopies(
    tenantId: string,
    decision: { readonly decision: Decision; readonly detail: string },
    copies: readonly DecidedCopy[],
  ): Promise<DecidedCopies> {
    return this.call('decide copies', async ({ decideCopies }) => {
      const { outcomes, refused } = await decideCopies.decide({ tenantId, ...decision, copies });
      return { outcomes: outcomes.map(({ outcome }) => outcome), refused: [...refused] };
    });
  }

  override restoreCopies(
    tenantId: string,
    { restoredTo, ...run }: Parameters<Dispatcher['restoreCopies']>[1],
    copies: readonly CopyRef[],
  ): Promise<MessageOutcome[]> {
    const reply = restoredReply(new Date(restoredTo));
    return this.call('restore copies', async ({ endCopies }) =>
      (await endCopies.end({ tenantId, ...run, copies, as: 'uncertain', reply })).map(
        ({ outcome }) => outcome,
      ),
    );
  }

  override readHistory(): Promise<never> {
    return Promise.reject(new Error('Nobody reads here.'));
  }

  override readSource(): Promise<never> {
    return this.readHistory();
  }

  private async call<Answer>(name: string, work: (node: DispatcherNode) => Promise<Answer>): Promise<Answer> {
    await this.process.step(`call: ${name}`);
    const node = this.answering();
    if (node === undefined) throw away();
    const answer = await new Promise<Answer>((resolve, reject) => {
      const timer = setTimeout(() => reject(away()), callTimeoutMs);
      // The answering process is another one: if it ends, the caller sees a closed connection.
      node.process.onEnd(() => reject(away()));
      node.process
        .run(() => work(node))
        .then(resolve, reject)
        .finally(() => clearTimeout(timer));
    });
    await this.process.step(`answer: ${name}`);
    return answer;
  }
}

const away = () => new Outage('service.unreachable', 'The dispatcher is away.');
