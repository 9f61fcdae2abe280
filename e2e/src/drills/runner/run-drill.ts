import { setTimeout as delay } from 'node:timers/promises';
import { FaultySmtpServer, type SmtpFaultPlan } from '@mailrun/testing';
import { faultsOf, readEvidence } from '../../invariants/check-invariants.js';
import type { Drill, DrillContext, DrillResult } from '../drill.js';
import type { DrillGround } from '../ground/drill-ground.js';
import { Random } from '../random.js';
import { Workload } from '../workload/workload.js';
import { noteRemains } from './note-remains.js';
import { tallyOf, type Tally } from './tally.js';

export interface DrillRequest {
  readonly seed: number;
  readonly isShort: boolean;
  /** In place of the drill's own. */
  readonly rounds?: number;
  /** How long after the last fault it is waited until all is final, in place of the form's own. */
  readonly finalDeadlineMs?: number;
}

const fewestRuns = 3;
const usualMessages = { short: 150, long: 2_100 };
const usualRounds = { short: 3, long: 20 };
const finalDeadlineMs = { short: 120_000, long: 900_000 };
const shownFailures = 10;
/** A mail server thinks for a while before it takes a mail, so that faults meet mails under way. */
const thinks: SmtpFaultPlan = ({ stage }) => (stage === 'final' ? { kind: 'delay', delayMs: 60 } : undefined);

/** Plays one drill: its workload, its faults, the wait for the end, and the look at everything. Never rejects. */
export async function runDrill<On extends DrillGround>(
  drill: Drill<On>,
  ground: On,
  request: DrillRequest,
): Promise<DrillResult> {
  const { seed, isShort } = request;
  const form = isShort ? 'short' : 'long';
  const rounds = request.rounds ?? drill.rounds?.[form] ?? usualRounds[form];
  const startedAt = performance.now();
  const secondsSince = (start: number) => Math.round((performance.now() - start) / 100) / 10;
  const faults: Record<string, number> = {};
  const failures: string[] = [];
  let uncertainBound = 0;
  let tally: Tally = { messages: 0, lost: 0, unexplained: 0, uncertain: 0, ends: {} };
  let secondsUntilFinal = 0;
  let runIds: readonly string[] = [];
  const mailServer = await FaultySmtpServer.start({ plan: thinks, ...drill.mailServer });
  try {
    const workload = await Workload.prepare(ground, mailServer, {
      runs: Math.max(rounds, fewestRuns),
      messages: drill.messages?.[form] ?? usualMessages[form],
      ...(drill.server !== undefined && { server: drill.server }),
      ...(drill.policies !== undefined && { policies: drill.policies }),
    });
    runIds = workload.runIds;
    const random = new Random(seed).fork(drill.name);
    const contextOf = (round: number): DrillContext<On> => ({
      ...{ ground, mailServer, workload, random, round, isShort },
      fault: (what, uncertain = 0) => {
        faults[what] = (faults[what] ?? 0) + 1;
        uncertainBound += uncertain;
      },
      wait: async (leastMs, mostMs) => void (await delay(random.between(leastMs, mostMs))),
    });
    await drill.before?.(contextOf(0));
    for (let round = 0; round < rounds; round += 1) {
      await workload.startNext();
      await drill.round?.(contextOf(round));
    }
    await workload.startRest();
    await drill.after?.(contextOf(rounds));

    const lastFaultAt = performance.now();
    if (drill.isContained !== true) await ground.restore();
    const isFinal = await workload
      .untilFinal(
        drill.mayEnd?.includes('deferred') ?? false,
        request.finalDeadlineMs ?? finalDeadlineMs[form],
      )
      .then(
        () => true,
        (error: Error) => {
          failures.push(error.message);
          return false;
        },
      );
    secondsUntilFinal = secondsSince(lastFaultAt);
    await ground.system.checkAlive();
    const evidence = await readEvidence(ground.system, {
      companies: ground.companies,
      ledger: mailServer.ledger,
      runIds: workload.runIds,
    });
    tally = tallyOf(evidence);
    // While something is under way, tables and counters rightly differ from one moment to the next.
    if (isFinal) failures.push(...faultsOf(evidence), ...endFaults(drill, tally, uncertainBound));
    if (tally.messages !== workload.messages)
      failures.push(`${workload.messages} messages were to be sent, and ${tally.messages} exist`);
    failures.push(...((await drill.check?.(contextOf(rounds))) ?? []));
    failures.push(...(await ground.newBugs()));
    if (Object.keys(faults).length === 0) failures.push('no fault was injected');
  } catch (error) {
    failures.push(textOf(error));
  }
  try {
    if (failures.length > 0) failures.push(`See ${await noteRemains(drill.name, ground, runIds)}`);
  } catch (error) {
    failures.push(`The tables can't be read: ${textOf(error)}`);
  } finally {
    await mailServer.stop();
  }
  const more = failures.length - shownFailures;
  return {
    ...{ drill: drill.name, seed, rounds, faults },
    ...{ messages: tally.messages, lost: tally.lost, unexplained: tally.unexplained },
    ...{ uncertain: tally.uncertain, uncertainBound, secondsUntilFinal, seconds: secondsSince(startedAt) },
    failures: [...failures.slice(0, shownFailures), ...(more > 0 ? [`… and ${more} more`] : [])],
  };
}

function* endFaults(
  { mayEnd = [] }: Pick<Drill, 'mayEnd'>,
  { ends, uncertain }: Tally,
  bound: number,
): Generator<string> {
  const allowed: ReadonlySet<string> = new Set(['sent', 'uncertain', ...mayEnd]);
  for (const [status, count] of Object.entries(ends)) {
    if (!allowed.has(status)) yield `${count} messages ended as ${status}`;
  }
  if (uncertain > bound) yield `${uncertain} messages are uncertain, and there may be ${bound}`;
}

/** With the causes, which say more than the error itself. */
function textOf(error: unknown): string {
  const texts: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) texts.push(at.message);
  return texts.length === 0 ? String(error) : texts.join(' < ');
}
