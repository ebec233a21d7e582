import t from 'tap';
import { decodeAnswer, encodeQuestion } from '../../../core/lan/dhcp-packet.js';

t.test('a question has the fields of RFC 2131 and the options of RFC 4578', async (t) => {
  const mac = '52:54:00:88:00:09';
  const bytes = encodeQuestion({ type: 1, mac, vendorClass: 'PXEClient', arch: 7, isIpxe: true });
  t.equal(bytes.subarray(0, 4).toString('hex'), '01010600');
  t.equal(bytes.subarray(28, 34).toString('hex'), mac.replaceAll(':', ''));
  t.equal(bytes.subarray(236, 243).toString('hex'), '63825363350101');
  t.match(bytes.toString('latin1'), 'PXEClient:Arch:00007:UNDI:003016');
  t.match(bytes.toString('hex'), `5d020007`);
  t.ok(bytes.length >= 300);
});

t.test('an answer is read field by field, and what is none is not', async (t) => {
  const bytes = encodeQuestion({
    type: 3,
    transaction: 0xfedcba98,
    mac: '00:00:00:00:00:00',
    address: '10.0.0.9',
    vendorClass: 'HTTPClient',
    arch: 16,
  });
  t.equal(decodeAnswer(bytes, 'x'), undefined);
  bytes[0] = 2;
  bytes.set([10, 0, 0, 2], 20);
  bytes.write('snponly.efi', 108, 'latin1');
  const answer = decodeAnswer(bytes, '10.0.0.2');
  t.match(answer, {
    from: '10.0.0.2',
    transaction: 0xfedcba98,
    yiaddr: '0.0.0.0',
    siaddr: '10.0.0.2',
    file: 'snponly.efi',
    serverName: '',
  });
  t.match(answer?.vendorClass, /^HTTPClient:Arch:00016/);
  t.equal(decodeAnswer(Buffer.alloc(10), 'x'), undefined);
});
