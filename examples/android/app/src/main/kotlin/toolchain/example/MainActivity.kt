package toolchain.example

import android.app.Activity
import android.os.Bundle
import android.text.InputType
import android.widget.Button
import android.widget.EditText
import android.widget.LinearLayout
import android.widget.TextView
import java.util.concurrent.Executors
import kotlin.math.PI
import kotlin.math.sin
import toolchain.models.exercise_watch.ExerciseWatch

/** One input, one button: a window of made-up movement goes through the model; scores and latency are shown. */
class MainActivity : Activity() {
    private val model = ExerciseWatch()
    private val worker = Executors.newSingleThreadExecutor()

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        val rate = EditText(this).apply {
            setHint(R.string.hint)
            inputType = InputType.TYPE_CLASS_NUMBER
            setText("30")
        }
        val result = TextView(this)
        val button = Button(this).apply {
            setText(R.string.run)
            setOnClickListener {
                val perMinute = rate.text.toString().toFloatOrNull() ?: 0f
                worker.execute {
                    val text = classify(perMinute)
                    runOnUiThread { result.text = text }
                }
            }
        }
        setContentView(
            LinearLayout(this).apply {
                orientation = LinearLayout.VERTICAL
                setPadding(48, 96, 48, 48)
                addView(rate)
                addView(button)
                addView(result)
            },
        )
    }

    override fun onDestroy() {
        worker.execute(model::close) // after the last inference
        worker.shutdown()
        super.onDestroy()
    }

    private fun classify(perMinute: Float): String {
        val x = movement(perMinute)
        model.run(x) // the first run also loads the code
        val start = System.nanoTime()
        val scores = model.run(x)
        val microseconds = (System.nanoTime() - start) / 1000
        val best = scores.indices.maxByOrNull { scores[it] } ?: 0
        val lines = scores.mapIndexed { i, score -> "%-5s %6.2f%s".format(EXERCISES[i], score, if (i == best) "  <" else "") }
        return (lines + "$microseconds µs").joinToString("\n")
    }

    /** A window of 128 samples at 50 Hz, each of 3 accelerations and 3 rates of turn, channels last. */
    private fun movement(perMinute: Float): FloatArray {
        val (length, channels) = ExerciseWatch.INPUT0.shape()
        return FloatArray(length * channels) { index ->
            val seconds = index / channels / 50f
            val phase = index % channels * PI.toFloat() / 3
            sin(2 * PI.toFloat() * perMinute / 60 * seconds + phase)
        }
    }

    private companion object {
        val EXERCISES = listOf("PEN", "ABD", "FEL", "IR", "ER", "TRAP", "ROW")
    }
}
