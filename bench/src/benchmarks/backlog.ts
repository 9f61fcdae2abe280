import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { SmtpSink } from '@mailrun/testing';
import type { Benchmark, Comparison } from '../frame/benchmark.js';
import { ApiClient } from '../system/api-client.js';
import { ClosablePort } from '../system/closable-port.js';
import { Company, invoiceRowsMonth } from '../system/company.js';
import { fillInvoices } from '../system/invoice-rows.js';
import { startKafkaSystem } from '../system/kafka-system.js';
import { residentWhile } from '../system/resident-while.js';

const usualSize = 1_000_000;
const usualMinutesDown = 60;
/** Long enough for every heap to reach its plateau; the server is closed when half of the run is out at the latest. */
const minutesUp = 5;
const connections = 50;
const secondsToGoOn = 10;
/** Garbage is collected when it pleases V8. */
const memoryTarget = 1.05;

/** A long run whose mail server goes away for an hour in the middle: nothing may pile up, and it goes on by itself. */
export const backlog: Benchmark = {
  name: 'backlog',
  what: 'a run of a million messages whose mail server is down for an hour: memory of each service against the time before',
  deadlineMinutes: 240,
  run: async ({ size = usualSize, minutesDown = usualMinutesDown }, place) => {
    const sink = await SmtpSink.start();
    place.atEnd(() => sink.stop());
    const port = await ClosablePort.start(sink);
    place.atEnd(() => port.stop());
    const system = await startKafkaSystem(place);
    const api = new ApiClient(system);
    const company = new Company(api, { sink: port, connections });
    await company.setUp();
    const client = new pg.Client(system.databaseUrl);
    await client.connect();
    place.atEnd(() => client.end());
    await fillInvoices(client, size);
    const run = await company.prepare(invoiceRowsMonth);

    const waiting = async () => (await client.query<Waiting>(waitingMails)).rows[0]!;
    const sent = async () => {
      const { messages } = await api.readRun(run.id);
      return messages.find(({ status }) => status === 'sent')?.count ?? 0;
    };
    // Closing the port cuts every conversation.
    const end = company.send(run, connections);
    end.catch(() => undefined); // awaited at the end
    const up = await residentWhile(system, async () => {
      const until = performance.now() + minutesUp * 60_000;
      while (performance.now() < until && (await sent()) < size / 2) await delay(1000);
    });

    port.close();
    const down = await residentWhile(system, () => delay(minutesDown * 60_000));
    const { mails, due } = await waiting();
    const { refused } = port;

    const reopenedAt = performance.now();
    const before = await sent();
    const talkedAt = await port.reopen();
    while ((await sent()) === before) await delay(200);
    const goneOnAt = performance.now();
    await end;
    const { rows } = await client.query<{ count: number }>(furtherCopies);

    const memory: Comparison[] = Object.keys(system.pids).map((service) => ({
      name: `memory of ${service}, server down for ${minutesDown} min against up, ${size} messages`,
      unit: 'MiB',
      baseline: up[service]!,
      measured: down[service]!,
      better: 'less',
      target: memoryTarget,
    }));
    return [
      ...memory,
      {
        name: 'until mails leave again, after the server is back',
        unit: 's',
        baseline: secondsToGoOn,
        measured: (goneOnAt - reopenedAt) / 1000,
        better: 'less',
        target: 1,
        details: {
          'seconds until the first conversation': (talkedAt - reopenedAt) / 1000,
          'connections tried while down, a minute': refused / minutesDown,
          'mails sealed and waiting while down': mails,
          'of these due': due,
          'mails sealed more than once': rows[0]!.count,
        },
      },
    ];
  },
};

interface Waiting {
  readonly mails: number;
  readonly due: number;
}

const waitingMails = `select count(*)::int as mails, count(*) filter (where due_at <= now())::int as due
  from mailrun_dispatcher.mails where state not in ('sent', 'failed', 'stopped')`;
const furtherCopies = `select count(*)::int as count from mailrun_dispatcher.mails where copy > 1`;
