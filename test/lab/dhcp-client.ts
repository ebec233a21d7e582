/**
 * Asks by DHCP like a boot ROM and prints the answers as JSON. To be run on a host of the lab, alone on port 68.
 *
 * Usage: node dhcp-client.js QUESTION_JSON [SERVER]   (SERVER: unicast to its port 4011 instead of a broadcast)
 */
import { createSocket } from 'node:dgram';
import { type DhcpAnswer, decodeAnswer, encodeQuestion } from '../../core/lan/dhcp-packet.js';

const [question = '{}', server] = process.argv.slice(2);
/** How long answers are waited for, in milliseconds. */
const patience = 1500;

const answers: DhcpAnswer[] = [];
const socket = createSocket({ type: 'udp4', reuseAddr: true });
socket.on('message', (bytes, { address }) => {
  const answer = decodeAnswer(bytes, address);
  if (answer !== undefined) answers.push(answer);
});
socket.bind(68, () => {
  socket.setBroadcast(true);
  socket.send(encodeQuestion(JSON.parse(question)), server === undefined ? 67 : 4011, server ?? '255.255.255.255');
  setTimeout(() => {
    console.log(JSON.stringify(answers));
    socket.close();
  }, patience);
});
