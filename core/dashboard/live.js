// What htmx does not do by itself: no asking for pages that nobody sees, and a word when the server does not answer.
const lost = document.getElementById('lost');
let since;

function missed() {
  since ??= new Date().toLocaleTimeString();
  lost.textContent = `The server has not answered since ${since}. What is shown is as of then.`;
}

document.addEventListener('htmx:before:request', (event) => {
  if (document.hidden) event.preventDefault();
});
document.addEventListener('htmx:error', missed);
document.addEventListener('htmx:response:error', missed);
document.addEventListener('htmx:after:swap', () => {
  since = undefined;
  lost.textContent = '';
});
