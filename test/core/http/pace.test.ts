import t from 'tap';
import { largestBuffer, smallestBuffer } from '../../../core/http/buffer-pool.js';
import { Pace } from '../../../core/http/pace.js';

/** A socket that takes `room` bytes at once, and has as much room again some time after it was full. */
function send(pace: Pace, room: number, total: number, waitMs: number): { pieces: number; waiting: number[] } {
  const waiting: number[] = [];
  let [pieces, free] = [0, room];
  for (let sent = 0; sent < total; pieces++) {
    const piece = pace.piece;
    sent += piece;
    const isFull = piece > free;
    free += (isFull ? room : 0) - piece;
    if (isFull) waiting.push(piece);
    pace.took(piece, isFull ? waitMs : 0);
  }
  return { pieces, waiting };
}

t.test('a client that takes all at once soon gets the largest pieces, and reads are ahead of it', async (t) => {
  const pace = new Pace();
  t.equal(pace.piece, smallestBuffer);
  t.equal(pace.readsAhead, false);
  let before = 0;
  while (pace.piece < largestBuffer) {
    t.ok(pace.piece >= before, 'pieces only grow');
    before = pace.piece;
    pace.took(pace.piece, 0.1);
  }
  t.equal(pace.readsAhead, true);
});

t.test('for a slow client, what waits with the socket is small, and there are few pieces all the same', async (t) => {
  const pace = new Pace();
  const room = 830_000;
  send(pace, room, 10 * room, 800);
  const { pieces, waiting } = send(pace, room, 50 * room, 800);
  const mean = waiting.reduce((sum, piece) => sum + piece, 0) / waiting.length;
  t.ok(mean <= 2 * smallestBuffer, `${Math.round(mean)} bytes wait`);
  t.ok(pieces / 50 < 15, `${pieces / 50} pieces for each time that the socket has room`);
  t.equal(pace.readsAhead, false);
});

t.test('a fast client that becomes slow gets smaller pieces, and one that becomes fast larger ones', async (t) => {
  const pace = new Pace();
  for (let count = 0; count < 1000; count++) pace.took(pace.piece, 0.1);
  t.equal(pace.piece, largestBuffer);
  for (let count = 0; count < 10; count++) pace.took(pace.piece, 1000);
  t.equal(pace.piece, smallestBuffer);
  for (let count = 0; count < 100; count++) pace.took(pace.piece, 0.1);
  t.equal(pace.piece, largestBuffer);
});
