import type { ChinookAddress } from './chinook.js';

/** Locale and time zone of each country in the data. */
const countries: Readonly<Record<string, readonly [locale: string, timeZone: string]>> = {
  Argentina: ['es-AR', 'America/Argentina/Buenos_Aires'],
  Australia: ['en-AU', 'Australia/Sydney'],
  Austria: ['de-AT', 'Europe/Vienna'],
  Belgium: ['fr-BE', 'Europe/Brussels'],
  Brazil: ['pt-BR', 'America/Sao_Paulo'],
  Canada: ['en-CA', 'America/Toronto'],
  Chile: ['es-CL', 'America/Santiago'],
  'Czech Republic': ['cs-CZ', 'Europe/Prague'],
  Denmark: ['da-DK', 'Europe/Copenhagen'],
  Finland: ['fi-FI', 'Europe/Helsinki'],
  France: ['fr-FR', 'Europe/Paris'],
  Germany: ['de-DE', 'Europe/Berlin'],
  Hungary: ['hu-HU', 'Europe/Budapest'],
  India: ['en-IN', 'Asia/Kolkata'],
  Ireland: ['en-IE', 'Europe/Dublin'],
  Italy: ['it-IT', 'Europe/Rome'],
  Netherlands: ['nl-NL', 'Europe/Amsterdam'],
  Norway: ['nb-NO', 'Europe/Oslo'],
  Poland: ['pl-PL', 'Europe/Warsaw'],
  Portugal: ['pt-PT', 'Europe/Lisbon'],
  Spain: ['es-ES', 'Europe/Madrid'],
  Sweden: ['sv-SE', 'Europe/Stockholm'],
  'United Kingdom': ['en-GB', 'Europe/London'],
  USA: ['en-US', 'America/New_York'],
};

export function localeOf(address: ChinookAddress): { locale: string; timeZone: string } {
  const [locale, timeZone] = countries[address.country] ?? ['en', 'UTC'];
  const isQuebec = address.country === 'Canada' && address.state === 'QC';
  return { locale: isQuebec ? 'fr-CA' : locale, timeZone };
}
