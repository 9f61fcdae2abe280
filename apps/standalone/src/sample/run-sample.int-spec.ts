import { ApiRefusal } from './back-office.js';
import { readChinook, type Chinook } from './chinook.js';
import { runSample } from './run-sample.js';
import { ContractApi } from './testing/contract-api.js';

describe('runSample', () => {
  let api: ContractApi;
  let url: string;
  let output: string;
  let few: Chinook;

  beforeAll(async () => {
    const all = await readChinook();
    few = { ...all, invoices: all.invoices.slice(0, 3) };
  });
  beforeEach(async () => {
    api = new ContractApi();
    url = await api.start();
    output = '';
  });
  afterEach(() => api.stop());

  const run = (
    options: { port?: number; isTty?: boolean; signal?: AbortSignal; apiKey?: string; data?: Chinook } = {},
  ) =>
    runSample({
      api: url,
      apiKey: options.apiKey ?? 'mr_test_key',
      mailCatcher: { host: '127.0.0.1', port: options.port ?? 2525 },
      write: (text) => (output += text),
      isTty: options.isTty ?? false,
      data: options.data ?? few,
      signal: options.signal ?? new AbortController().signal,
    });

  it('loads everything, shows the dry run, starts exactly that, and reports', async () => {
    const data = await readChinook();
    expect(await run({ data })).toMatchObject({
      selected: 5,
      sent: 3,
      other: 0,
      skipped: { 'no-password': 2 },
    });

    expect(
      [api.lines.clusters, api.lines.customers, api.lines.invoices].map((lines) => lines?.length),
    ).toEqual([30, 59, 412]);
    expect(api.documents.size).toBe(412);
    expect(api.documents.get('/v1/invoices/INV-00412/documents/invoice-pdf')?.toString('latin1', 0, 5)).toBe(
      '%PDF-',
    );
    expect(api.stored.get('/v1/tenant')?.body.mode).toBe('live');
    expect(api.stored.get('/v1/message-definitions/monthly-invoice')).toMatchObject({ isPublished: true });
    expect(api.stored.get('/v1/message-templates/payment-reminder')).toMatchObject({ isPublished: true });
    expect(output).toContain('Imported 30 clusters, 59 customers and 412 invoices.');
    expect(output).toMatch(/5 {2}invoices looked at\n +3 {2}invoices to send, in 3 messages, 1\.2 MB/);
    expect(output).toMatch(/skipped +no-password +2/);
    expect(output).not.toContain('\u001b');
  }, 60_000);

  it('draws its progress over itself in a terminal', async () => {
    await run({ isTty: true });
    expect(output).toContain('\rUploading PDFs [');
  });

  it('reports the run of an earlier start, and changes nothing but the mail server that moved', async () => {
    const first = await run();
    api.received.length = 0;
    expect(await run()).toEqual(first);
    expect(api.writes()).toEqual([]);
    expect(await run({ port: 2526 })).toEqual(first);
    expect(api.writes()).toEqual(['putMessageServer']);
  });

  it.each([
    ['draft', ['startImport', 'startImport', 'startImport', 'prepareMessageRun', 'startMessageRun']],
    ['preparing', ['startMessageRun']],
    ['prepared', ['startMessageRun']],
    ['running', []],
  ])('goes on with a run that was left %s', async (state, expected) => {
    await run();
    const [left] = api.runs;
    Object.assign(left ?? {}, { state });
    api.received.length = 0;
    expect(await run()).toMatchObject({ sent: 3 });
    expect(api.writes().filter((id) => id !== 'putDocument')).toEqual(expected);
    expect(api.runs).toHaveLength(1);
  });

  it('says so when the run can not complete by itself', async () => {
    await run();
    Object.assign(api.runs[0] ?? {}, { state: 'stopped', statusText: 'Stopped by hand.' });
    await expect(run()).rejects.toThrow('The run is stopped: Stopped by hand.');
  });

  it('tries again when the API is not there yet', async () => {
    api.outages = 2;
    expect(await run()).toMatchObject({ sent: 3 });
  });

  it('gives up at once when it is refused or stopped', async () => {
    await expect(run({ apiKey: 'wrong' })).rejects.toThrow(ApiRefusal);
    await expect(run({ signal: AbortSignal.abort(new Error('Ctrl-C')) })).rejects.toThrow('Ctrl-C');
  });
});
