document.querySelector('form').addEventListener('submit', event => {
    event.submitter.disabled = true;
});
