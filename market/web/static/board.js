// Drag and drop on the board of a programme. It fills in and sends the form that stands on the page; without it each
// session has a form of its own. The listeners stay when the page's content is swapped, so they are added once.
"use strict";
(() => {
  if (window.isBoardWatched) return;
  window.isBoardWatched = true;
  let dragged = null;
  let marked = null;

  const closest = (target, selector) => (target instanceof Element ? target.closest(selector) : null);

  const mark = (element) => {
    if (marked !== element) {
      marked?.classList.remove("target");
      element?.classList.add("target");
      marked = element;
    }
  };

  const findRow = (table, y) =>
    [...table.tBodies[0].rows].find((row) => {
      const box = row.getBoundingClientRect();
      return row.dataset.start && box.top <= y && y < box.bottom;
    });

  // Where a session would be: a row's time in a column's room, or nowhere.
  const findPlace = (event) => {
    const beside = closest(event.target, "[data-unplaced]");
    if (beside) return { element: beside, day: "", start: "", room: "" };
    const cell = closest(event.target, "table.board td[data-column]");
    const table = cell?.closest("table.board");
    const row = table && findRow(table, event.clientY);
    if (!row) return null;
    const head = table.tHead.rows[0].cells[Number(cell.dataset.column) + 1];
    return { element: cell, day: table.dataset.day, start: row.dataset.start, room: head.dataset.room };
  };

  document.addEventListener("dragstart", (event) => {
    dragged = closest(event.target, "[data-session]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.session);
  });

  document.addEventListener("dragover", (event) => {
    const place = dragged && findPlace(event);
    mark(place ? place.element : null);
    if (place) event.preventDefault();
  });

  document.addEventListener("dragend", () => {
    mark(null);
    dragged = null;
  });

  document.addEventListener("drop", (event) => {
    const place = dragged && findPlace(event);
    const form = document.getElementById("drop");
    if (!place || !form) return;
    event.preventDefault();
    const { session, version } = dragged.dataset;
    const values = { _session: session, _version: version, day: place.day, start: place.start, room: place.room };
    for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
    form.requestSubmit();
  });
})();
