# docker build -t pincite .
# docker compose up          (see compose.yaml)
FROM python:3.11-slim AS build
WORKDIR /source
RUN python -m venv /opt/pincite && /opt/pincite/bin/pip install --no-cache-dir --upgrade pip
COPY requirements.lock ./
# torch first: with it present, nothing else asks for another build of it.
RUN /opt/pincite/bin/pip install --no-cache-dir "$(grep '^torch==' requirements.lock)" \
    && /opt/pincite/bin/pip install --no-cache-dir -r requirements.lock
COPY pyproject.toml README.md LICENSE pincite.py ./
COPY index index
COPY qa qa
RUN /opt/pincite/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim
RUN useradd --create-home --uid 1000 pincite && install -d -o pincite -g pincite /articles /index
COPY --from=build /opt/pincite /opt/pincite
ENV PATH=/opt/pincite/bin:$PATH PYTHONUNBUFFERED=1
USER pincite
WORKDIR /home/pincite
# The encoder is exported to ONNX once, so that the first question does not wait for it.
RUN python -c 'from index.embedding.encoder import load_encoder; load_encoder().encode(["ready"])'
VOLUME ["/articles", "/index"]
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s CMD \
    ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/healthz')"]
CMD ["sh", "-c", "pincite index /articles --index /index && exec pincite chat --index /index"]
