/** Keys of the sample's configuration. Recipient and password key stand beside the customers that use them. */
export const serverKey = 'mail-catcher';
export const fromKey = 'billing';
export const logoKey = 'logo';
export const invoiceMailKey = 'invoice-mail';
export const reminderKey = 'payment-reminder';
export const pdfKey = 'invoice-pdf';
export const csvKey = 'invoice-csv';
export const definitionKey = 'monthly-invoice';
