import t from 'tap';
import { compareAll } from '../../helpers/differential.js';
import { masters } from '../../helpers/master-list.js';

t.test('images of pycdlib and of our own generator', (t) =>
  compareAll(
    t,
    masters.filter(({ program }) => program === 'pycdlib' || program === 'our own generator'),
  ),
);
