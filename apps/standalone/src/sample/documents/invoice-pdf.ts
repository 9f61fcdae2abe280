import PDFDocument from 'pdfkit';
import { monthOf, nameOf, toInvoiceLine } from '../billing-data.js';
import type { ChinookCustomer, ChinookInvoice } from '../chinook.js';
import { localeOf } from '../locales.js';
import { toWinAnsi } from './win-ansi.js';

type Doc = PDFKit.PDFDocument;

const ink = '#182640';
const quiet = '#5b6778';
const rule = '#d5dbe3';
const accent = '#c8452c';
/** Points, from the left and the top edge of an A4 page. */
const left = 56;
const right = 539;
const bottom = 770;
const columns = { quantity: 360, price: 400, amount: 470 };
const rowHeight = 30;

/** Text at a place, in the font's letters; one line, cut with an ellipsis when it is wider than `width`. */
function put(
  doc: Doc,
  text: string,
  x: number,
  y: number,
  options: { width?: number; align?: 'right' } = {},
) {
  doc.text(toWinAnsi(text), x, y, {
    lineBreak: false,
    width: right - x,
    height: 14,
    ellipsis: true,
    ...options,
  });
}

function letterhead(doc: Doc, logo: Buffer): void {
  doc.image(logo, left, 48, { width: 46 });
  doc.font('Helvetica-Bold').fontSize(15).fillColor(ink);
  put(doc, 'Chinook Music Store', left + 58, 54);
  doc.font('Helvetica').fontSize(9).fillColor(quiet);
  put(doc, '1 Salmon Quay, Harbour Town', left + 58, 74);
  doc.font('Helvetica').fontSize(22).fillColor(accent);
  put(doc, 'Invoice', columns.price, 54, { width: right - columns.price, align: 'right' });
}

function addressLines(customer: ChinookCustomer): string[] {
  const { street, city, state, postalCode, country } = customer.address;
  const town = [postalCode, city.trim(), state].filter((part) => part !== null).join(' ');
  return [customer.company, nameOf(customer), street, town, country].filter((line) => line !== null);
}

function billTo(doc: Doc, customer: ChinookCustomer): void {
  doc.font('Helvetica').fontSize(9).fillColor(quiet);
  put(doc, 'Bill to', left, 130);
  doc.fontSize(10.5).fillColor(ink);
  addressLines(customer).forEach((line, at) => put(doc, line, left, 145 + at * 15, { width: 280 }));
}

function facts(doc: Doc, invoice: ChinookInvoice): void {
  const { first, last } = monthOf(invoice.date);
  const rows = [
    ['Invoice number', invoice.number],
    ['Date', longDate(invoice.date)],
    ['Period', `${longDate(first)} – ${longDate(last)}`],
    ['Customer number', invoice.customer],
  ] as const;
  rows.forEach(([label, value], at) => {
    const y = 130 + at * 26;
    doc.fontSize(9).fillColor(quiet);
    put(doc, label, columns.quantity, y);
    doc.fontSize(10.5).fillColor(ink);
    put(doc, value, columns.quantity, y + 11);
  });
}

const longDate = (date: string) =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(date));

function tableHead(doc: Doc, y: number): void {
  doc.font('Helvetica-Bold').fontSize(9).fillColor(quiet);
  put(doc, 'Title', left, y);
  put(doc, 'Qty', columns.quantity, y, { width: 30, align: 'right' });
  put(doc, 'Price', columns.price, y, { width: 60, align: 'right' });
  put(doc, 'Amount', columns.amount, y, { width: right - columns.amount, align: 'right' });
  line(doc, y + 16);
}

function line(doc: Doc, y: number): void {
  doc.moveTo(left, y).lineTo(right, y).lineWidth(0.7).strokeColor(rule).stroke();
}

type Row = {
  description: string;
  artist: string;
  album: string;
  quantity: number;
  unitPrice: string;
  amount: string;
};

function tableRow(doc: Doc, row: Row, y: number, money: (amount: string) => string): void {
  doc.font('Helvetica').fontSize(10).fillColor(ink);
  put(doc, row.description, left, y, { width: 290 });
  put(doc, String(row.quantity), columns.quantity, y, { width: 30, align: 'right' });
  put(doc, money(row.unitPrice), columns.price, y, { width: 60, align: 'right' });
  put(doc, money(row.amount), columns.amount, y, { width: right - columns.amount, align: 'right' });
  doc.fontSize(8).fillColor(quiet);
  put(doc, `${row.artist} – ${row.album}`, left, y + 12, { width: 290 });
  line(doc, y + 25);
}

function total(doc: Doc, text: string, y: number): void {
  doc.font('Helvetica-Bold').fontSize(12).fillColor(ink);
  put(doc, 'Total', columns.price, y, { width: 60, align: 'right' });
  put(doc, text, columns.amount - 20, y, { width: right - columns.amount + 20, align: 'right' });
  doc.font('Helvetica').fontSize(9).fillColor(quiet);
  put(doc, 'Payable within 30 days. Thank you for your purchase.', left, y + 2);
}

/** The document that the billing system makes of an invoice. The same invoice gives the same bytes. */
export async function makeInvoicePdf(
  invoice: ChinookInvoice,
  customer: ChinookCustomer,
  logo: Buffer,
): Promise<Buffer> {
  const { locale } = localeOf(customer.address);
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency: invoice.currency });
  const money = (amount: string) => format.format(amount as Intl.StringNumericLiteral);
  const doc = new PDFDocument({
    size: 'A4',
    margin: 0,
    info: {
      Title: `Invoice ${invoice.number}`,
      Author: 'Chinook Music Store',
      CreationDate: new Date(invoice.date),
    },
  });
  const chunks: Buffer[] = [];
  doc.on('data', (chunk: Buffer) => chunks.push(chunk));
  const finished = new Promise((resolve, reject) => doc.on('end', resolve).on('error', reject));

  letterhead(doc, logo);
  billTo(doc, customer);
  facts(doc, invoice);
  let y = 268;
  tableHead(doc, y - 22);
  const { data, total: sum } = toInvoiceLine(invoice);
  for (const row of data?.lines as Row[]) {
    if (y > bottom - rowHeight) {
      doc.addPage();
      y = 80;
      tableHead(doc, y - 22);
    }
    tableRow(doc, row, y, money);
    y += rowHeight;
  }
  total(doc, money(sum ?? ''), y + 10);
  doc.end();
  await finished;
  return Buffer.concat(chunks);
}
