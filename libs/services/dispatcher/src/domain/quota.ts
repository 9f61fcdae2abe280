/** So many messages or recipients in any minute, hour or day. */
export interface Quota {
  readonly count: 'messages' | 'recipients';
  readonly per: 'minute' | 'hour' | 'day';
  readonly max: number;
}

/** What a replica may still use of quotas; undefined where there is none. */
export interface Credits {
  readonly messages: number | undefined;
  readonly recipients: number | undefined;
}
export const noCredits: Credits = { messages: undefined, recipients: undefined };

/** What was booked, by quota: pairs of the number of a bucket of time and how much, the oldest first. */
export type Usage = Readonly<Record<string, readonly (readonly [bucket: number, used: number])[]>>;

/** Credits that were not used for this long are no longer good: they come back with the next question. */
export const creditLifeMs = 1_500;

/** How long each period is, and the buckets in which it is counted: what leaves late counts as long as it might matter. */
const periods = {
  minute: { ms: 60_000, bucketMs: 1_000 },
  hour: { ms: 3_600_000, bucketMs: 60_000 },
  day: { ms: 86_400_000, bucketMs: 900_000 },
} as const;

const nameOf = ({ count, per }: Quota): string => `${count}/${per}`;

/**
 * Books what a replica may use until it asks again. The sum of what was booked within a period, and might have left
 * within it, is never above the quota.
 *
 * @param unused of what was granted before: taken back
 * @param wanted for the next moment
 * @param replicas among which what is left is divided
 */
export function bookCredits(
  usage: Usage,
  quotas: readonly Quota[],
  unused: Credits,
  wanted: { readonly messages: number; readonly recipients: number },
  replicas: number,
  now: number,
): { readonly usage: Usage; readonly credits: Credits } {
  const open = quotas.map((quota) => {
    const booked = takeBack(stillCounted(usage[nameOf(quota)] ?? [], quota, now), unused[quota.count] ?? 0);
    const left = Math.max(quota.max - booked.reduce((sum, [, used]) => sum + used, 0), 0);
    return { quota, booked, left };
  });
  const grantOf = (count: Quota['count']): number | undefined => {
    const lefts = open.filter(({ quota }) => quota.count === count).map(({ left }) => left);
    if (lefts.length === 0) return undefined;
    const left = Math.min(...lefts);
    return Math.min(wanted[count], Math.max(Math.floor(left / replicas), Math.min(left, 1)));
  };
  const credits: Credits = { messages: grantOf('messages'), recipients: grantOf('recipients') };
  const next = open.map(({ quota, booked }) => [
    nameOf(quota),
    add(booked, Math.floor(now / periods[quota.per].bucketMs), credits[quota.count] ?? 0),
  ]);
  return { usage: Object.fromEntries(next) as Usage, credits };
}

/** When something of a used-up quota is free again; undefined while none is used up. */
export function usedUpUntil(usage: Usage, quotas: readonly Quota[], now: number): number | undefined {
  const times = quotas.flatMap((quota) => {
    const booked = stillCounted(usage[nameOf(quota)] ?? [], quota, now);
    const used = booked.reduce((sum, [, one]) => sum + one, 0);
    return used >= quota.max && booked[0] ? [endOf(booked[0][0], quota)] : [];
  });
  return times.length === 0 ? undefined : Math.max(...times);
}

type Booked = Usage[string];

/** When what was booked in a bucket counts no longer. */
function endOf(bucket: number, { per }: Quota): number {
  const { ms, bucketMs } = periods[per];
  return (bucket + 1) * bucketMs + creditLifeMs + ms;
}

const stillCounted = (booked: Booked, quota: Quota, now: number): Booked =>
  booked.filter(([bucket, used]) => used > 0 && endOf(bucket, quota) > now);

/** The oldest first: so it never counts for a shorter time than it should. */
function takeBack(booked: Booked, amount: number): Booked {
  let left = amount;
  return booked.map(([bucket, used]) => {
    const taken = Math.min(used, left);
    left -= taken;
    return [bucket, used - taken] as const;
  });
}

function add(booked: Booked, bucket: number, amount: number): Booked {
  if (amount === 0) return booked;
  const last = booked.at(-1);
  if (last?.[0] === bucket) return [...booked.slice(0, -1), [bucket, last[1] + amount]];
  return [...booked, [bucket, amount]];
}
